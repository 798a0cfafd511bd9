package status_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/status"
)

func TestErrorSaysWhatAndWhy(t *testing.T) {
	t.Parallel()
	e := status.New(status.Conflict, "email_taken", "%s is taken", "ada@example.com")
	require.EqualError(t, e, "email_taken: ada@example.com is taken")
	require.EqualError(t, e.Because(errors.New("unique index")), "email_taken: ada@example.com is taken: unique index")
	require.EqualError(t, status.New(status.NotFound, "", "no such user"), "not_found: no such user")
}

func TestWrapKeepsTheCauseHere(t *testing.T) {
	t.Parallel()
	cause := errors.New("disk on fire")
	e := status.Wrap(cause)
	require.Equal(t, status.Internal, e.Code)
	require.ErrorIs(t, e, cause)
	require.NotContains(t, e.Message, "fire")
}

func TestWithAndBecauseLeaveTheirReceiverAlone(t *testing.T) {
	t.Parallel()
	one := status.New(status.Exhausted, "", "slow down").With(status.DetailRetryAfter, "3")
	two := one.With(status.DetailHint, "wait").Because(errors.New("bucket"))
	require.Equal(t, map[string]string{"retry_after": "3"}, one.Details)
	require.NoError(t, one.Unwrap())
	require.Equal(t, map[string]string{"retry_after": "3", "hint": "wait"}, two.Details)
	require.Error(t, two.Unwrap())
}

func TestIsComparesCodeAndNamedReason(t *testing.T) {
	t.Parallel()
	taken := status.New(status.Conflict, "email_taken", "taken")
	for _, row := range []struct {
		name   string
		target error
		want   bool
	}{
		{"same code and reason", status.New(status.Conflict, "email_taken", "another sentence"), true},
		{"same code, no reason asked for", &status.Error{Code: status.Conflict}, true},
		{"same code, other reason", status.New(status.Conflict, "gone", ""), false},
		{"other code, same reason", status.New(status.Invalid, "email_taken", ""), false},
		{"foreign error", errors.New("email_taken: taken"), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, row.want, errors.Is(taken, row.target))
			require.Equal(t, row.want, errors.Is(fmt.Errorf("register: %w", taken), row.target), "wrapped")
			require.Equal(t, row.want, errors.Is(status.Reduce(taken), row.target), "crossed")
		})
	}
	require.NotErrorIs(t, &status.Error{Code: status.Conflict}, taken, "a reason asked for must be there")
}

// TestWireForm holds the names under which an error crosses.
func TestWireForm(t *testing.T) {
	t.Parallel()
	e := status.New(status.Unavailable, "busy", "not now").With(status.DetailRetryAfter, "1").Because(errors.New("secret"))
	raw, err := json.Marshal(e)
	require.NoError(t, err)
	require.JSONEq(t, `{"code":11,"reason":"busy","message":"not now","details":{"retry_after":"1"}}`, string(raw))
}
