package status_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/status"
)

func TestFrom(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	var typedNil *status.Error
	for _, row := range []struct {
		name string
		err  error
		want status.Code
		is   error
	}{
		{"an error of the set", status.New(status.NotFound, "", "no"), status.NotFound, nil},
		{"a wrapped error of the set", fmt.Errorf("load: %w", status.New(status.NotFound, "", "no")), status.NotFound, nil},
		{"the outer of two in a chain", status.New(status.Conflict, "", "x").Because(status.New(status.Invalid, "", "y")), status.Conflict, nil},
		{"deadline", context.DeadlineExceeded, status.DeadlineExceeded, context.DeadlineExceeded},
		{"wrapped deadline", fmt.Errorf("query: %w", context.DeadlineExceeded), status.DeadlineExceeded, context.DeadlineExceeded},
		{"cancellation", fmt.Errorf("query: %w", context.Canceled), status.Canceled, context.Canceled},
		{"deadline beside another error", errors.Join(boom, context.DeadlineExceeded), status.DeadlineExceeded, boom},
		{"anything else", fmt.Errorf("open: %w", boom), status.Internal, boom},
		{"a nil *Error in an error", typedNil, status.Internal, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e := status.From(row.err)
			require.Equal(t, row.want, e.Code)
			require.Equal(t, row.want, status.CodeOf(row.err))
			require.NotEmpty(t, e.Error())
			if row.is != nil {
				require.ErrorIs(t, e, row.is, "the cause stays for the log")
			}
		})
	}
}

func TestNilStaysNil(t *testing.T) {
	t.Parallel()
	require.Nil(t, status.From(nil))
	require.Nil(t, status.Reduce(nil))
	require.Zero(t, status.CodeOf(nil))
}

func TestTypedNilSaysSo(t *testing.T) {
	t.Parallel()
	var typedNil *status.Error
	require.EqualError(t, typedNil, "a nil *status.Error was returned as an error")
}

func TestReduce(t *testing.T) {
	t.Parallel()
	t.Run("drops the cause and keeps the rest", func(t *testing.T) {
		t.Parallel()
		e := status.New(status.Conflict, "email_taken", "taken").With("field", "email").Because(errors.New("row 17"))
		got := status.Reduce(fmt.Errorf("register: %w", e))
		require.NoError(t, got.Unwrap())
		require.Equal(t, &status.Error{Code: status.Conflict, Reason: "email_taken", Message: "taken",
			Details: map[string]string{"field": "email"}}, got)
		require.Error(t, e.Unwrap(), "the original is whole")
	})
	t.Run("clones the details", func(t *testing.T) {
		t.Parallel()
		e := status.New(status.Conflict, "", "x").With("a", "1")
		got := status.Reduce(e)
		got.Details["a"] = "2"
		require.Equal(t, "1", e.Details["a"])
	})
	t.Run("makes an unknown code internal", func(t *testing.T) {
		t.Parallel()
		for _, number := range []status.Code{0, 16, 255} {
			require.Equal(t, status.Internal, status.Reduce(&status.Error{Code: number, Message: "?"}).Code)
		}
	})
	t.Run("hides what is outside the set", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, &status.Error{Code: status.Internal, Message: "internal error"}, status.Reduce(errors.New("row 17")))
	})
}
