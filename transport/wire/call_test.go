package wire_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"holon/transport/contract"
	"holon/transport/status"
	"holon/transport/wire"
)

func TestAllOfACallTravels(t *testing.T) {
	t.Parallel()
	state, err := trace.ParseTraceState("vendor=1")
	require.NoError(t, err)
	sent := wire.Request{
		Method: "user.get", Caller: "order", Idempotent: true, Body: []byte("question"),
		Principal: contract.Principal{Subject: "u1", Roles: []string{"admin", "user"}},
		Trace: trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: trace.TraceID{1, 2}, SpanID: trace.SpanID{3}, TraceFlags: trace.FlagsSampled, TraceState: state,
		}),
	}
	var got wire.Request
	var deadline time.Time
	h := start(t, func(ctx context.Context, r *wire.Request, reply *bytes.Buffer) error {
		got = *r
		got.Body = bytes.Clone(r.Body)
		deadline, _ = ctx.Deadline()
		reply.WriteString("answer")
		return nil
	})
	c, _ := dial(t, h.addr)
	require.Equal(t, serverHello(), c.Peer())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var answer string
	require.NoError(t, c.Call(ctx, &sent, func(b []byte) error { answer = string(b); return nil }))
	require.Equal(t, "answer", answer)
	require.True(t, got.Trace.IsRemote())
	got.Trace = got.Trace.WithRemote(false)
	require.Equal(t, sent, got)
	want, _ := ctx.Deadline()
	require.WithinDuration(t, want, deadline, 5*time.Second)
	peers := h.Connections()
	require.Len(t, peers, 1)
	require.Equal(t, clientHello(), peers[0].Hello)
}

func TestACallWithoutDeadlineHasNone(t *testing.T) {
	t.Parallel()
	h := start(t, func(ctx context.Context, _ *wire.Request, reply *bytes.Buffer) error {
		_, limited := ctx.Deadline()
		fmt.Fprint(reply, limited, ctx.Err())
		return nil
	})
	c, _ := dial(t, h.addr)
	reply, err := ask(t.Context(), c, "user.get", nil)
	require.NoError(t, err)
	require.Equal(t, "false <nil>", string(reply))
}

func TestErrorsTravelReduced(t *testing.T) {
	t.Parallel()
	answer := status.New(status.Conflict, "email_taken", "taken").With("hint", "log in")
	h := start(t, func(_ context.Context, r *wire.Request, reply *bytes.Buffer) error {
		reply.WriteString("half a reply")
		switch r.Method {
		case "user.register":
			return fmt.Errorf("register: %w", answer.Because(errors.New("unique index")))
		case "user.panic":
			panic("boom")
		default:
			return errors.New("secret")
		}
	})
	c, _ := dial(t, h.addr)
	_, err := ask(t.Context(), c, "user.register", nil)
	require.Equal(t, answer, err)
	for _, method := range []string{"user.panic", "user.other"} {
		_, err = ask(t.Context(), c, method, nil)
		require.Equal(t, status.New(status.Internal, "", "internal error"), err)
	}
	require.InDelta(t, 1, h.panics(t), 0)
	_, err = ask(t.Context(), c, "user.register", nil)
	require.Equal(t, answer, err, "the connection lives on")
}

func TestDecodesErrorIsTheCalls(t *testing.T) {
	t.Parallel()
	h := start(t, echo)
	c, _ := dial(t, h.addr)
	boom := errors.New("boom")
	require.ErrorIs(t, c.Call(t.Context(), &wire.Request{Method: "user.get"}, func([]byte) error { return boom }), boom)
}

func TestTooLargeIsSaidAndNothingElseHappens(t *testing.T) {
	t.Parallel()
	h := start(t, func(_ context.Context, _ *wire.Request, reply *bytes.Buffer) error {
		reply.Write(make([]byte, wire.MaxMessage+1))
		return nil
	})
	c, _ := dial(t, h.addr)
	_, err := ask(t.Context(), c, "user.get", make([]byte, wire.MaxMessage))
	require.Equal(t, status.TooLarge, status.CodeOf(err))
	_, err = ask(t.Context(), c, string(make([]byte, 20<<10)), nil)
	require.Equal(t, status.TooLarge, status.CodeOf(err), "a header has its own limit")
	_, err = ask(t.Context(), c, "user.get", nil)
	require.ErrorIs(t, err, &status.Error{Code: status.Internal, Reason: "reply_too_large"})
	require.Zero(t, c.InFlight())
}

// TestErrorsOfTheConnectionAreUnavailable to whoever looks through status.
func TestErrorsOfTheConnectionAreUnavailable(t *testing.T) {
	t.Parallel()
	cause := status.New(status.Exhausted, "", "not what the caller should see")
	for reason, err := range map[string]error{
		"peer_unavailable": &wire.NotSentError{Peer: "p", Why: wire.WhyRefused, Err: cause},
		"reply_lost":       &wire.LostError{Peer: "p", Err: cause},
	} {
		e := status.From(fmt.Errorf("call: %w", err))
		require.Equal(t, status.Unavailable, e.Code)
		require.Equal(t, reason, e.Reason)
		require.ErrorIs(t, err, cause)
	}
}
