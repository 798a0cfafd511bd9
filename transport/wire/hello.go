package wire

import "fmt"

// protocolVersion is what both sides must speak. Additions that the other side may miss do not change it.
const protocolVersion = 1

// magic opens a connection in both directions.
const magic = "HOLON/1\n"

// magicAny is what every major of the format begins with.
const magicAny = "HOLON/"

// Hello is what a node tells of itself when a connection opens.
type Hello struct {
	Cluster, Node, Boot string
	Modules             []Module
}

// Module is what a node offers of a module: its contract's major version and its methods, sorted.
type Module struct {
	Name    string
	Major   int
	Methods []string
}

// String names the node and its process.
func (h Hello) String() string { return h.Node + "~" + h.Boot }

// The tags of a hello and of a module in it.
const (
	helloVersion = 1
	helloCluster = 2
	helloNode    = 3
	helloBoot    = 4
	helloModule  = 5

	moduleName   = 1
	moduleMajor  = 2
	moduleMethod = 3
)

// appendOpening appends the magic word and the hello.
func appendOpening(b []byte, h Hello) ([]byte, error) {
	payload := appendHello(nil, h, protocolVersion)
	if len(payload) > maxHello {
		return nil, fmt.Errorf("a hello of %d bytes, at most %d may be sent", len(payload), maxHello)
	}
	return appendFrame(append(b, magic...), kindHello, 0, payload), nil
}

func appendHello(b []byte, h Hello, version uint64) []byte {
	b = appendNumber(b, helloVersion, version)
	b = appendField(b, helloCluster, h.Cluster)
	b = appendField(b, helloNode, h.Node)
	b = appendField(b, helloBoot, h.Boot)
	for _, m := range h.Modules {
		inner := appendField(nil, moduleName, m.Name)
		inner = appendNumber(inner, moduleMajor, uint64(m.Major))
		for _, method := range m.Methods {
			inner = appendField(inner, moduleMethod, method)
		}
		b = appendField(b, helloModule, string(inner))
	}
	return b
}

func parseHello(b []byte) (h Hello, version uint64, err error) {
	for len(b) > 0 {
		var tag byte
		var value []byte
		if tag, value, b, err = cutField(b); err != nil {
			return Hello{}, 0, err
		}
		switch tag {
		case helloVersion:
			version, err = number(value)
		case helloCluster:
			h.Cluster = string(value)
		case helloNode:
			h.Node = string(value)
		case helloBoot:
			h.Boot = string(value)
		case helloModule:
			var m Module
			m, err = parseModule(value)
			h.Modules = append(h.Modules, m)
		}
		if err != nil {
			return Hello{}, 0, err
		}
	}
	return h, version, nil
}

func parseModule(b []byte) (m Module, err error) {
	for len(b) > 0 {
		var tag byte
		var value []byte
		if tag, value, b, err = cutField(b); err != nil {
			return Module{}, err
		}
		switch tag {
		case moduleName:
			m.Name = string(value)
		case moduleMajor:
			var major uint64
			if major, err = number(value); err != nil || major > 1<<30 {
				return Module{}, malformed("a major version that is none")
			}
			m.Major = int(major)
		case moduleMethod:
			m.Methods = append(m.Methods, string(value))
		}
	}
	return m, nil
}
