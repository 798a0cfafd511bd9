package contract_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
)

func TestJournal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx := contract.WithPrincipal(t.Context(), contract.Principal{Subject: "u1"})
		ctx, j := contract.WithJournal(ctx, time.Now())
		require.Equal(t, "u1", contract.PrincipalOf(ctx).Subject, "the scope stays")
		require.Same(t, j, contract.JournalOf(contract.WithCause(contract.WithPrincipal(ctx, contract.Principal{}), "e1")))
		_, _, found := contract.Standing(ctx)
		require.Same(t, j, found)
		<-time.After(time.Second)
		j.Note(time.Now(), contract.Call{Method: "user.get", Place: "local", Took: time.Millisecond, Code: "ok"})
		j.Fail("not_found")
		calls, more := j.Calls()
		require.Equal(t, []contract.Call{{Method: "user.get", Place: "local", Start: time.Second, Took: time.Millisecond, Code: "ok"}}, calls)
		require.Zero(t, more)
		require.Equal(t, "not_found", j.Code())
	})
}

// TestJournalIsBounded, and takes what comes while somebody reads.
func TestJournalIsBounded(t *testing.T) {
	t.Parallel()
	_, j := contract.WithJournal(t.Context(), time.Now())
	var writers sync.WaitGroup
	for range 5 {
		writers.Go(func() {
			for range 10 {
				j.Note(time.Now(), contract.Call{Method: "user.get"})
				j.Calls()
			}
		})
	}
	writers.Wait()
	calls, more := j.Calls()
	require.Len(t, calls, 32)
	require.Equal(t, 18, more)
	calls[0].Method = "changed"
	again, _ := j.Calls()
	require.Equal(t, "user.get", again[0].Method, "a copy")
}

func TestNoJournalTakesEverything(t *testing.T) {
	t.Parallel()
	j := contract.JournalOf(t.Context())
	require.Nil(t, j)
	j.Note(time.Now(), contract.Call{})
	j.Fail("internal")
	calls, more := j.Calls()
	require.Empty(t, calls)
	require.Zero(t, more)
	require.Empty(t, j.Code())
}

func TestStanding(t *testing.T) {
	t.Parallel()
	tx, caused, j := contract.Standing(t.Context())
	require.Equal(t, []any{false, false}, []any{tx, caused})
	require.Nil(t, j)
	tx, caused, _ = contract.Standing(contract.WithCause(contract.WithinTransaction(t.Context(), 1), "e1"))
	require.Equal(t, []any{true, true}, []any{tx, caused})
}
