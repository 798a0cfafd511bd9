package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"holon/configs"
	"holon/modules"
	"holon/transport/events"
)

// adminVariable names the node that looking verbs ask; it is no setting of a node.
const adminVariable = "HOLON_ADMIN"

// settings are what a command line, an environment and a file say together.
type settings struct {
	*configs.Loaded
	// placed are the modules to run here, sorted; sections the modules' own settings by name.
	placed   []string
	sections map[string]any
	// sources are where all of it was read from.
	sources configs.Sources
	// newStores are placed modules whose store may be another than the data dir remembers, this time.
	newStores []string
}

// loadSettings reads them. With an error of the user's it may still return what was understood, to be shown.
func loadSettings(c *cobra.Command, e environment) (*settings, error) {
	flags, file := configs.Typed(c.Flags())
	return loadFrom(configs.Sources{Flags: flags, Env: e.env, KnownEnv: []string{adminVariable}, File: file})
}

func loadFrom(s configs.Sources) (*settings, error) {
	out := &settings{sections: make(map[string]any), sources: s}
	var sections []configs.Section
	for _, m := range all() {
		if m.Settings == nil {
			continue
		}
		into := m.Settings()
		out.sections[m.Name] = into
		sections = append(sections, configs.Section{Key: m.Name, Into: into})
	}
	loaded, err := configs.Load(s, modules.Names(all()), sections...)
	if loaded == nil {
		return nil, err
	}
	out.Loaded = loaded
	out.placed = slices.Sorted(slices.Values(loaded.Config.Modules))
	if len(out.placed) == 1 && out.placed[0] == configs.All {
		out.placed = modules.Names(all())
	}
	return out, err
}

// fromFile reports whether a file has set anything.
func (s *settings) fromFile() bool {
	return slices.ContainsFunc(s.Entries(), func(e configs.Entry) bool { return strings.HasPrefix(e.Source, "file ") })
}

// runs reports whether this node is to run a module.
func (s *settings) runs(module string) bool { return slices.Contains(s.placed, module) }

// placement is what the settings say about modules.
func (s *settings) placement() modules.Placement {
	return modules.Placement{
		All: all(), Placed: s.placed, Settings: s.sections, Strict: s.Config.Strict, Delivery: s.delivery(),
	}
}

// delivery is what the settings say about events.
func (s *settings) delivery() events.Settings {
	d := s.Config.Delivery
	return events.Settings{
		Retry: d.Retry, Timeout: d.Timeout, Keep: d.Keep, MaxBacklog: d.MaxBacklog, MinFree: int64(s.Config.Data.MinFree),
	}
}
