package configs

import (
	"slices"
	"strings"
)

// applyEnv sets what the environment says, in the order of names. A name that looks like a slip of the finger is
// refused, because the setting it was meant for would silently not apply. Any other unknown one is only warned of:
// orchestrators put HOLON_PORT, HOLON_SERVICE_HOST and such into the environment of a service called holon.
func (st *settings) applyEnv(environ, others []string, p *problems) (warnings []string) {
	known := append([]string{configEnv}, others...)
	byEnv := map[string]*leaf{}
	for _, l := range st.leaves {
		if l.env != "" {
			byEnv[l.env] = l
			known = append(known, l.env)
		}
	}
	bare := make([]string, len(known))
	for i, name := range known {
		bare[i] = strings.TrimPrefix(name, envPrefix) // the prefix must not make short names look alike
	}
	slices.Sort(bare)
	for _, kv := range slices.Sorted(slices.Values(environ)) {
		name, value, ok := strings.Cut(kv, "=")
		if !ok || !strings.HasPrefix(name, envPrefix) {
			continue
		}
		from := Origin{Layer: FromEnv, Name: name}
		if l := byEnv[name]; l != nil {
			p.add(l.take(value, from))
			continue
		}
		if slices.Contains(known, name) {
			continue
		}
		if best := Nearest(strings.TrimPrefix(name, envPrefix), bare); best != "" {
			p.add(&Error{Origin: from, Message: "unknown variable", Hint: didYouMean(envPrefix + best)})
			continue
		}
		warnings = append(warnings, "the variable "+name+" is no setting of holon and is ignored")
	}
	return warnings
}
