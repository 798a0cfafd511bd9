package configs

import (
	"fmt"
	"strings"
)

const referenceHead = `# Every setting of a node, with its default, commented out: this file changes nothing. It is generated.
# A setting is taken from the first of these that names it: flag, HOLON_* variable, file, default.
`

// Reference writes a documented file of every setting with its default, the core's first. Each Into is read as it is,
// so it must hold the defaults. Settings are commented out, because an address that was asked for is not the same as the
// default one: a port that is taken then steps aside. An error is a mistake of a programmer.
func Reference(sections ...Section) (string, error) {
	core := Default()
	st, err := newSettings(&core, sections)
	if err != nil {
		return "", err
	}
	for _, l := range st.leaves {
		if l.secret && !l.value.IsZero() {
			return "", fmt.Errorf("configs: %s: a secret cannot have a default", l.key)
		}
	}
	var b strings.Builder
	b.WriteString(referenceHead)
	var open []string // the groups that are open, outermost first
	for _, l := range st.leaves {
		path := strings.Split(l.key, ".")
		groups, name := path[:len(path)-1], path[len(path)-1]
		shared := 0
		for shared < len(open) && shared < len(groups) && open[shared] == groups[shared] {
			shared++
		}
		if shared < len(groups) || len(groups) == 0 || shared < len(open) {
			b.WriteString("\n")
		}
		for depth := shared; depth < len(groups); depth++ {
			fmt.Fprintf(&b, "%s%s:\n", strings.Repeat("  ", depth), groups[depth])
		}
		open = groups
		margin := strings.Repeat("  ", len(groups))
		if isGroups(l.value.Type()) {
			fmt.Fprintf(&b, "%s# %s\n%s# in a file only; a list whose items have\n", margin, l.help, margin)
			if err := l.describe(&b, margin); err != nil {
				return "", err
			}
			fmt.Fprintf(&b, "%s#%s: []\n", margin, name)
			continue
		}
		fmt.Fprintf(&b, "%s# %s\n%s# %s\n%s#%s: %s\n", margin, l.help, margin, l.otherNames(), margin, name, render(l.value))
	}
	return b.String(), nil
}

// otherNames is how else the setting can be given.
func (l *leaf) otherNames() string {
	if l.flag == "" {
		return l.env
	}
	return "--" + l.flag + ", " + l.env
}
