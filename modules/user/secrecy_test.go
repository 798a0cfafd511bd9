package user_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules"
	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/modules/user/userfx"
)

// noted is a log that a test reads while others write to it.
type noted struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *noted) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

func (n *noted) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}

func TestPasswordIsNeverTold(t *testing.T) {
	t.Parallel()
	for _, mode := range modulestest.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			t.Parallel()
			log := &noted{}
			n := modulestest.Start(t, mode, []modules.Module{userfx.Module()}, noLead,
				modulestest.Log(slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
			var told []any
			tell := func(reply any, err error) {
				told = append(told, reply)
				if err != nil {
					told = append(told, err, err.Error())
				}
			}
			s, ctx := public(n), t.Context()
			r := user.RegisterRequest{Name: "Ada", Email: "ada@example.com", Password: password}
			ada, err := s.Register(ctx, r)
			require.NoError(t, err)
			tell(ada, nil)
			tell(s.Register(ctx, r))
			tell(s.Register(ctx, user.RegisterRequest{Name: "", Email: "eve@example.com", Password: password}))
			tell(s.Login(ctx, user.LoginRequest{Email: "ada@example.com", Password: password}))
			tell(s.Login(ctx, user.LoginRequest{Email: "eve@example.com", Password: password}))
			tell(operator(n).Promote(ctx, user.PromoteRequest{Email: "ada@example.com"}))
			tell(s.Get(modulestest.As(t, ada.ID), user.GetRequest{ID: ada.ID}))
			tell(s.List(modulestest.As(t, ada.ID, "admin"), user.ListRequest{}))
			tell(s.Keys(ctx, user.KeysRequest{}))
			n.Withdraw("user")
			tell(s.Login(ctx, user.LoginRequest{Email: "ada@example.com", Password: password}))

			raw, err := json.Marshal(told)
			require.NoError(t, err)
			for _, text := range []string{string(raw), log.String()} {
				require.NotContains(t, text, password)
				require.NotContains(t, text, "argon2id", "nor is its hash")
			}
		})
	}
}
