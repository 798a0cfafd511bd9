package configs

import "fmt"

// Layer is one of the places a value can come from; a greater one wins over a lesser.
type Layer uint8

// The layers, weakest first.
const (
	FromDefault Layer = iota
	FromFile
	FromEnv
	FromFlag
)

// Origin is where a value came from. The zero Origin is the built-in default.
type Origin struct {
	Layer Layer
	// Name is the path of the file as the user would type it, the variable, or the flag with its dashes.
	Name string
	// Line and Column count from 1, in characters, and are 0 outside files or for a file as a whole.
	Line, Column int

	group int // the line of the key that holds this one, 0 at the top
}

// String says the origin as `config show --source` does: default, file holon.yaml:3:9, env HOLON_X, flag --x.
func (o Origin) String() string {
	switch o.Layer {
	case FromFile:
		return "file " + o.position()
	case FromEnv:
		return "env " + o.Name
	case FromFlag:
		return "flag " + o.Name
	default:
		return "default"
	}
}

// position is the form that editors and terminals turn into a link.
func (o Origin) position() string {
	if o.Line == 0 {
		return o.Name
	}
	return fmt.Sprintf("%s:%d:%d", o.Name, o.Line, o.Column)
}
