package registryfx

import (
	"errors"

	"holon/configs"
)

// Settings are the module's section of the configuration.
type Settings struct {
	MaxLeases int `yaml:"max_leases" help:"how many instances of services outside there may be"`
	GuardMin  int `yaml:"guard_min" help:"how many leases must fall silent, and be more than half of all, for none of them to end"`
}

func defaults() *Settings { return &Settings{MaxLeases: 65_536, GuardMin: 10} }

// Validate refuses what cannot be.
func (s *Settings) Validate() error {
	return errors.Join(configs.Between("max_leases", s.MaxLeases, 1, 1_000_000), configs.Between("guard_min", s.GuardMin, 1, 1_000_000))
}
