package user_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules"
	"holon/modules/modulestest"
	"holon/modules/user"
	"holon/modules/user/userfx"
	"holon/transport/contract"
)

// A key's secret is in the reply to who made it and nowhere else: not in what is told later, nor in log, journal, metrics
// and files. Its digest is in the store alone.
func TestAPIKeyIsNeverTold(t *testing.T) {
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
			ada := register(t, n, "ada@example.com")
			ctx, journal := contract.WithJournal(t.Context(), time.Now())
			s, o := public(n), operator(n)
			r := user.CreateAPIKeyRequest{Email: "ada@example.com", Name: "ci", Scopes: []string{"*"}}
			made, err := o.CreateAPIKey(ctx, r)
			require.NoError(t, err)
			secret := string(made.Text[len(made.Text)-user.APIKeySecretLength:])
			_, digest, _ := user.ParseAPIKey(string(made.Text))

			told = append(told, made.APIKey, fmt.Sprintf("%v %+v %#v", made, made, made))
			tell(o.CreateAPIKey(ctx, r))
			tell(check(ctx, n, made.Text))
			tell(s.CheckAPIKey(ctx, user.CheckAPIKeyRequest{ID: made.APIKey.ID, Digest: digest[1:]}))
			// Who takes the text for the id sends the secret, and must not hear it again.
			tell(s.CheckAPIKey(ctx, user.CheckAPIKeyRequest{ID: string(made.Text), Digest: digest}))
			tell(o.RevokeAPIKey(ctx, user.RevokeAPIKeyRequest{ID: string(made.Text)}))
			tell(o.ListAPIKeys(ctx, user.ListAPIKeysRequest{}))
			tell(o.RevokeAPIKey(ctx, user.RevokeAPIKeyRequest{ID: made.APIKey.ID}))
			tell(check(ctx, n, made.Text))
			newest, err := o.CreateAPIKey(ctx, r)
			require.NoError(t, err)
			kept := string(newest.Text[len(newest.Text)-user.APIKeySecretLength:])
			tell(s.Delete(modulestest.As(t, ada.ID), user.DeleteRequest{ID: ada.ID}))
			n.Withdraw("user")
			tell(check(ctx, n, made.Text))
			calls, _ := journal.Calls()
			require.NotEmpty(t, calls)
			told = append(told, calls)
			if n.Metrics != nil {
				families, err := n.Metrics.Gather()
				require.NoError(t, err)
				told = append(told, fmt.Sprint(families))
			}
			n.Stop()

			raw, err := json.Marshal(told)
			require.NoError(t, err)
			for _, text := range []string{string(raw), log.String()} {
				require.NotContains(t, text, secret)
				require.NotContains(t, text, kept)
				require.NotContains(t, text, hex.EncodeToString(digest))
				require.NotContains(t, text, base64.StdEncoding.EncodeToString(digest))
			}
			requireNowhere(t, n.Dir, secret, kept)
		})
	}
}

// requireNowhere reads every file below a folder for texts that must not be there.
func requireNowhere(t *testing.T, dir string, texts ...string) {
	t.Helper()
	files := 0
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		for _, text := range texts {
			require.NotContains(t, string(raw), text, path)
		}
		files++
		return err
	}))
	require.NotZero(t, files)
}
