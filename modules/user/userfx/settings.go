package userfx

import (
	"context"
	"errors"
	"runtime"
	"time"

	"holon/configs"
	"holon/modules"
	"holon/modules/user/internal/core"
)

// Settings is the section `user` of the configuration.
type Settings struct {
	TokenTTL time.Duration `yaml:"token_ttl" help:"how long an access token is good; 1m to 24h"`
	KeyLead  time.Duration `yaml:"key_lead" help:"how long a signing key is published before it may sign; always longer than gateways take to ask"`
	Hashes   int           `yaml:"hashes" help:"passwords hashed at once, each in 19 MiB; 0 means one for every core"`
}

func defaults() *Settings {
	return &Settings{TokenTTL: time.Hour, KeyLead: time.Minute}
}

// Validate refuses what would not work.
func (s *Settings) Validate() error {
	return errors.Join(
		configs.Between("token_ttl", s.TokenTTL, time.Minute, 24*time.Hour),
		configs.Between("key_lead", s.KeyLead, 45*time.Second, 24*time.Hour),
		configs.Between("hashes", s.Hashes, 0, 1024),
	)
}

func (s *Settings) core() core.Settings {
	hashes := s.Hashes
	if hashes == 0 {
		hashes = runtime.GOMAXPROCS(0)
	}
	return core.Settings{TokenTTL: s.TokenTTL, KeyLead: s.KeyLead, Hashes: hashes}
}

// startTimeout bounds the start, which reads and perhaps writes two rows.
const startTimeout = 5 * time.Second

// runner starts the core; nothing of it runs on.
type runner struct{ core *core.Core }

func newRunner(c *core.Core) modules.Runner { return runner{c} }

func (r runner) Start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	return r.core.Start(ctx)
}

func (runner) Stop() {}
