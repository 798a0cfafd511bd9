package cluster

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// maxHomes bounds how many homes one message may have and one node remembers.
const maxHomes = 256

const flagPending = 1

// claimed is a home as it travels: pending while its node has not settled it yet.
type claimed struct {
	Home
	pending bool
}

// homeMessage is what nodes tell each other of homes. doc.go has the format.
type homeMessage struct {
	cluster, from string
	homes         []claimed
}

func (m *homeMessage) encode() []byte {
	b := []byte{formatVersion}
	b = appendString(b, m.cluster)
	b = appendString(b, m.from)
	b = binary.BigEndian.AppendUint16(b, uint16(len(m.homes)))
	for _, h := range m.homes {
		var flags byte
		if h.pending {
			flags = flagPending
		}
		b = append(b, flags)
		b = appendString(b, h.Module)
		b = appendString(b, h.StoreID)
		b = binary.BigEndian.AppendUint64(b, uint64(h.Settled.UnixMicro()))
		b = binary.BigEndian.AppendUint32(b, h.Epoch)
		b = binary.BigEndian.AppendUint32(b, h.Turn)
		b = appendString(b, h.Node)
		b = appendString(b, h.Boot)
		b = appendString(b, h.Addr)
		b = binary.BigEndian.AppendUint16(b, uint16(1+len(h.Mark)))
		b = appendString(b, h.Mark)
	}
	return b
}

func decodeHomes(b []byte) (homeMessage, error) {
	in := reader{b: b}
	if v := in.uint8(); in.err == nil && v != formatVersion {
		return homeMessage{}, fmt.Errorf("homes of format %d", v)
	}
	m := homeMessage{cluster: in.string(), from: in.string()}
	n := int(in.uint16())
	if n > 2*maxHomes {
		return homeMessage{}, errors.New("too many homes")
	}
	for range n {
		var h claimed
		h.pending = in.uint8()&flagPending != 0
		h.Module, h.StoreID = in.string(), in.string()
		h.Settled = time.UnixMicro(int64(in.uint64())).UTC()
		h.Epoch, h.Turn = in.uint32(), in.uint32()
		h.Node, h.Boot, h.Addr = in.string(), in.string(), in.string()
		more := reader{b: in.take(int(in.uint16()))}
		h.Mark = more.string()
		if in.err != nil {
			return homeMessage{}, fmt.Errorf("homes: %w", in.err)
		}
		if err := h.check(); err != nil {
			return homeMessage{}, err
		}
		m.homes = append(m.homes, h)
	}
	if in.err != nil {
		return homeMessage{}, fmt.Errorf("homes: %w", in.err)
	}
	return m, nil
}

// check holds a home to what a claim may say.
func (h Home) check() error {
	for _, s := range [...]string{h.Module, h.StoreID, h.Mark, h.Node, h.Boot} {
		if err := checkName(s); err != nil {
			return fmt.Errorf("home: %w", err)
		}
	}
	return checkAddr(h.Addr)
}
