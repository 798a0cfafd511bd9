package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"holon/configs"
	"holon/modules"
	"holon/modules/registry"
)

func newWhyNotReady(e environment) *cobra.Command {
	var at targeting
	var output format
	c := &cobra.Command{
		Use: "why-not-ready MODULE|SERVICE", Short: "say what keeps a module or a leased service from working: itself, or what it depends on",
		Long: "why-not-ready looks at the instances of a module or of a service that leases, and at all that it depends on, as the\n" +
			"registry knows them. It exits with 1 where something is missing.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := at.find(c, e, true)
			if err != nil {
				return err
			}
			var l catalogue
			if err := n.look(c.Context(), "/catalogue", &l); err != nil {
				return err
			}
			why := l.why(args[0])
			if output == "json" {
				err = printJSON(c, why)
			} else {
				err = why.writeTo(c.OutOrStdout())
			}
			if err == nil && !why.Ready {
				err = failed(why.next(), "%s is not ready", args[0])
			}
			return err
		},
	}
	at.addTo(c)
	output.addTo(c)
	return c
}

// standing is how a module or service stands, with all that it depends on.
type standing struct {
	Name string `json:"name"`
	Kind string `json:"kind,omitempty"`
	// Ready says that it has an instance that works, and that all it depends on is ready.
	Ready bool `json:"ready"`
	// Healthy of its Instances get requests. Troubles say what is wrong with it or with some of them.
	Instances int      `json:"instances"`
	Healthy   int      `json:"healthy"`
	Troubles  []string `json:"troubles,omitempty"`
	// Again says that it stands above already, with what it depends on.
	Again bool       `json:"again,omitempty"`
	Needs []standing `json:"needs,omitempty"`
}

// maxTroubles is how many instances are named that do not work.
const maxTroubles = 5

// why walks through the graph. What depends on itself is walked through once.
func (l catalogue) why(name string) standing { return l.walk(name, make(map[string]bool)) }

// walk goes below a name. Seen are those it has been at, and whether they are ready, as far as that is known.
func (l catalogue) walk(name string, seen map[string]bool) standing {
	s := l.alone(name)
	if ready, again := seen[name]; again {
		s.Ready, s.Again = ready, true
		return s
	}
	seen[name] = s.Ready
	defer func() { seen[name] = s.Ready }()
	i := slices.IndexFunc(l.Graph, func(v registry.Vertex) bool { return v.Name == name })
	if i < 0 {
		return s
	}
	for _, need := range l.Graph[i].DependsOn {
		below := l.walk(need, seen)
		s.Needs = append(s.Needs, below)
		s.Ready = s.Ready && below.Ready
	}
	return s
}

// alone is how it stands by itself.
func (l catalogue) alone(name string) standing {
	s := standing{Name: name}
	i := slices.IndexFunc(l.Services, func(x registry.Listing) bool { return x.Name == name })
	if i < 0 {
		s.Troubles = []string{"no instance of it is known"}
		if near := configs.Nearest(name, l.names()); near != "" {
			s.Troubles[0] += "  (did you mean " + near + "?)"
		}
		return s
	}
	for _, in := range l.Services[i].Instances {
		s.Kind = in.Kind
		s.Instances++
		if in.Healthy() {
			s.Healthy++
		}
		if text := troubleOf(in); text != "" && len(s.Troubles) < maxTroubles {
			s.Troubles = append(s.Troubles, text)
		}
	}
	s.Ready = s.Healthy > 0
	return s
}

func (l catalogue) names() (all []string) {
	for _, s := range l.Services {
		all = append(all, s.Name)
	}
	return all
}

// troubleOf says what is wrong with an instance, "" for nothing.
func troubleOf(in registry.Instance) string {
	at := in.ID
	if in.Node != "" {
		at = "node " + in.Node
	}
	switch {
	case in.Health.Status == registry.Failing:
		return fmt.Sprintf("%s is failing: %s", at, in.Health.Reason)
	case in.State != "ready":
		return fmt.Sprintf("%s is %s", at, in.State)
	default:
		return ""
	}
}

// next is what to do about the first thing that is missing.
func (s standing) next() string {
	for _, need := range s.Needs {
		if !need.Ready {
			return need.next()
		}
	}
	switch {
	case s.Healthy > 0:
		return "look again: it is ready itself"
	case s.Instances > 0:
		return "look at the log of what does not work"
	case slices.ContainsFunc(all(), func(m modules.Module) bool { return m.Name == s.Name }):
		return "run it somewhere: holon run -m " + s.Name + " --join HOST:7946"
	default:
		return "have it lease: PUT /registry/services/" + s.Name + "/instances/ID"
	}
}

func (s standing) writeTo(w io.Writer) error { return s.writeAt(w, "") }

func (s standing) writeAt(w io.Writer, indent string) error {
	word := "ready"
	if !s.Ready {
		word = "NOT READY"
	}
	count := fmt.Sprintf("%d of %s", s.Healthy, counted(s.Instances, "instance works", "instances work"))
	if s.Again {
		count = "see above"
	}
	if _, err := fmt.Fprintf(w, "%s%s is %s: %s\n", indent, printable(s.Name), word, count); err != nil || s.Again {
		return err
	}
	for _, t := range s.Troubles {
		fmt.Fprintf(w, "%s  - %s\n", indent, printable(t))
	}
	if len(s.Needs) > 0 {
		fmt.Fprintf(w, "%s  it needs %s\n", indent, printable(strings.Join(names(s.Needs), ", ")))
	}
	for _, need := range s.Needs {
		if err := need.writeAt(w, indent+"  "); err != nil {
			return err
		}
	}
	return nil
}

func names(all []standing) (out []string) {
	for _, s := range all {
		out = append(out, s.Name)
	}
	return out
}
