package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"holon/transport/events"
)

// filterHelp says what each field of a selection does as a flag.
var filterHelp = []struct{ name, help string }{
	{"id", "only the event with this id"},
	{"topic", "only events of this topic, such as order.created"},
	{"key", "only events about this: the id of an order, of a user"},
	{"subscriber", "only deliveries to this subscriber, such as user.orders"},
	{"state", "only deliveries that are waiting, retrying, parked or delivered"},
	{"since", "only events from this time on: RFC 3339, or how long ago, such as 90s, 2h or 3d"},
	{"until", "only events before this time, said in the same ways"},
}

// addTo makes flags of the fields with these names.
func (s *selection) addTo(c *cobra.Command, names ...string) {
	fields := s.fields()
	for _, f := range filterHelp {
		for _, name := range names {
			if f.name == name {
				c.Flags().Var(&filterFlag{into: fields[name], check: filterChecks[name]}, name, f.help)
			}
		}
	}
	complete(c, "state", states())
	complete(c, "topic", topicNames())
	complete(c, "subscriber", subscriberNames())
}

// filterFlag is a field of a selection on the command line.
type filterFlag struct {
	into  *string
	check func(string) error
}

func (f *filterFlag) Set(text string) error {
	if text == "" {
		return errors.New("an empty value filters nothing")
	}
	if f.check != nil {
		if err := f.check(text); err != nil {
			return err
		}
	}
	*f.into = text
	return nil
}

func (f *filterFlag) String() string {
	if f.into == nil {
		return ""
	}
	return *f.into
}

// Type is the word that help shows for the value.
func (f *filterFlag) Type() string { return "string" }

// filterChecks find slips before a node is asked. Of names only the node knows which there are.
var filterChecks = map[string]func(string) error{
	"id":    checkID,
	"since": checkMoment,
	"until": checkMoment,
}

func checkID(text string) error {
	if id, err := uuid.Parse(text); err != nil || id.String() != text {
		return fmt.Errorf("%.64q is no event's id", text)
	}
	return nil
}

func checkMoment(text string) error {
	_, err := moment(text, time.Now())
	return err
}

// complete has the shell complete a flag's value, where the command has the flag.
func complete(c *cobra.Command, flag string, values []string) {
	if c.Flags().Lookup(flag) != nil {
		_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
	}
}

func states() []string {
	var out []string
	for _, s := range events.States() {
		out = append(out, string(s))
	}
	return out
}

func topicNames() []string {
	var out []string
	for _, m := range all() {
		for _, t := range topics(m) {
			out = append(out, t.Name)
		}
	}
	return out
}

func subscriberNames() []string {
	var out []string
	for _, m := range all() {
		for _, s := range m.Subscribers {
			out = append(out, s.Name)
		}
	}
	return out
}
