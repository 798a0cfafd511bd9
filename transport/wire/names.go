package wire

import "slices"

// A connection remembers so many names, as a peer has methods and modules, and none that is longer.
const (
	maxNames = 1024
	maxName  = 128
)

// names gives out the same string for the same bytes, so that the names in a call's header cost no memory. It belongs
// to the goroutine that reads.
type names struct {
	texts map[string]string
	lists map[string][]string
}

func newNames() *names {
	return &names{texts: make(map[string]string), lists: make(map[string][]string)}
}

func (n *names) text(b []byte) string {
	if s, ok := n.texts[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(n.texts) < maxNames && len(s) <= maxName {
		n.texts[s] = s
	}
	return s
}

// list reads a list of names, such as roles. Callers share it, so it has no room to append to.
func (n *names) list(b []byte) ([]string, error) {
	if list, ok := n.lists[string(b)]; ok {
		return list, nil
	}
	var list []string
	for rest := b; len(rest) > 0; {
		text, after, err := cutText(rest)
		if err != nil {
			return nil, err
		}
		list, rest = append(list, n.text(text)), after
	}
	list = slices.Clip(list)
	if len(n.lists) < maxNames && len(b) <= maxName {
		n.lists[string(b)] = list
	}
	return list, nil
}
