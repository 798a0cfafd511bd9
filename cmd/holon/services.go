package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"holon/modules"
)

// serviceList is what `holon services -o json` prints.
type serviceList struct {
	Asked    string    `json:"asked"`
	Services []service `json:"services"`
}

// service is a module and where it runs; Instances is empty for one that runs nowhere.
type service struct {
	Name      string            `json:"name"`
	Instances []serviceInstance `json:"instances"`
}

type serviceInstance struct {
	Node    string `json:"node"`
	Boot    string `json:"boot"`
	Address string `json:"address"`
	Major   int    `json:"major"`
	State   string `json:"state"`
	// Place is local for the node that was asked, remote for others.
	Place string `json:"place"`
}

func newServices(e environment) *cobra.Command {
	var at targeting
	var output format
	c := &cobra.Command{
		Use: "services", Short: "show the modules and the nodes they run on",
		Long: "services shows for each module where it runs in the cluster, as a running node sees it. What that node makes of each\n" +
			"for a request shows: holon explain METHOD PATH",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			n, err := at.find(c, e, true)
			if err != nil {
				return err
			}
			var l memberList
			if err := n.look(c.Context(), "/members", &l); err != nil {
				return err
			}
			s := servicesOf(l, modules.Names(all()))
			if output == "json" {
				return printJSON(c, s)
			}
			return s.writeTo(c.OutOrStdout())
		},
	}
	at.addTo(c)
	output.addTo(c)
	return c
}

// servicesOf turns the nodes around: the modules this binary has and those that others run, sorted.
func servicesOf(l memberList, known []string) serviceList {
	found := make(map[string][]serviceInstance)
	for _, name := range known {
		found[name] = []serviceInstance{}
	}
	for _, m := range l.Nodes {
		for _, module := range m.Modules {
			in := serviceInstance{Node: m.Node, Boot: m.Boot, Address: m.Address, Major: module.Major, State: module.State, Place: "remote"}
			if in.Node == l.Asked {
				in.Place = "local"
			}
			// A node's word about itself is about all of its modules, unless that is that it is ready.
			if m.State != "ready" {
				in.State = m.State
			}
			found[module.Name] = append(found[module.Name], in)
		}
	}
	out := serviceList{Asked: l.Asked, Services: []service{}}
	for name, instances := range found {
		out.Services = append(out.Services, service{name, instances})
	}
	slices.SortFunc(out.Services, func(a, b service) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (s serviceList) writeTo(w io.Writer) error {
	fmt.Fprintf(w, "as node %s sees it\n\n", s.Asked)
	t := newTable("SERVICE", "MAJOR", "NODE", "PLACE", "ADDRESS", "STATE")
	for _, service := range s.Services {
		if len(service.Instances) == 0 {
			t.row(service.Name, dash, "nobody", dash, dash, dash)
		}
		for _, in := range service.Instances {
			t.row(service.Name, strconv.Itoa(in.Major), in.Node, in.Place, in.Address, in.State)
		}
	}
	return t.writeTo(w)
}
