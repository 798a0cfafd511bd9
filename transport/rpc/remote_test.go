package rpc_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/rpc"
	"holon/transport/status"
	"holon/transport/wire"
)

// greets has an owner answer with its id.
func (o *owner) greets(t testing.TB) {
	t.Helper()
	require.NoError(t, o.Register(hello, rpc.Handle(greet, func(context.Context, greetRequest) (greetReply, error) {
		return greetReply{Text: o.id}, nil
	})))
	o.Serve("hello")
}

// TestCallsGoWhereTheModuleIs follows instances that come, go away and are told to.
func TestCallsGoWhereTheModuleIs(t *testing.T) {
	t.Parallel()
	one, two := newOwner(t, "one~b"), newOwner(t, "two~b")
	one.greets(t)
	two.greets(t)
	d := &discovery{}
	n := newCaller(t, d)
	call := rpc.Bind(n.For(contract.Gateway), greet)
	began := time.Now()
	_, err := call(t.Context(), greetRequest{})
	require.ErrorIs(t, err, &status.Error{Code: status.Unavailable, Reason: "module_unavailable"})
	require.GreaterOrEqual(t, time.Since(began), patience, "somebody may come")

	came := make(chan greetReply, 1)
	go func() {
		reply, _ := call(t.Context(), greetRequest{}) // an empty reply tells of an error
		came <- reply
	}()
	d.set(one.instance())
	require.Equal(t, greetReply{Text: "one~b"}, <-came, "who waits is served at once")

	d.set(one.instance(), two.instance())
	seen := make(map[string]bool)
	require.Eventually(t, func() bool {
		reply, err := call(t.Context(), greetRequest{})
		require.NoError(t, err)
		seen[reply.Text] = true
		return len(seen) == 2
	}, 10*time.Second, time.Millisecond)
	one.Withdraw("hello")
	for range 50 {
		reply, err := call(t.Context(), greetRequest{})
		require.NoError(t, err, "what is not begun goes elsewhere")
		require.Equal(t, "two~b", reply.Text)
	}
}

// TestDrainLosesNoCall: an instance goes while it is called, and another takes over.
func TestDrainLosesNoCall(t *testing.T) {
	t.Parallel()
	one, two := newOwner(t, "one~b"), newOwner(t, "two~b")
	one.greets(t)
	two.greets(t)
	n := newCaller(t, &discovery{instances: []string{one.instance(), two.instance()}})
	call := rpc.Bind(n.For(contract.Gateway), greet)
	stop := make(chan struct{})
	var callers sync.WaitGroup
	var calls atomic.Int64
	for range 8 {
		callers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				_, err := call(t.Context(), greetRequest{Name: "ada"})
				if err != nil {
					t.Error(err)
					return
				}
				calls.Add(1)
			}
		})
	}
	await := func(n int64) {
		until := calls.Load() + n
		require.Eventually(t, func() bool { return calls.Load() >= until || t.Failed() }, 10*time.Second, time.Millisecond)
	}
	await(200)
	require.NoError(t, one.server.Drain(t.Context()))
	await(200)
	close(stop)
	callers.Wait()
}

// TestLostAnswers are asked for once more where that does no harm: for the gateway, of methods that may run twice or requests
// with a key.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method contract.Method[onceRequest, greetReply]
		caller contract.Caller
		once   contract.Once
		again  bool
	}{
		"idempotent":              {ask, contract.Gateway, contract.Once{}, true},
		"with a key":              {post, contract.Gateway, contract.Once{Key: "k"}, true},
		"neither":                 {post, contract.Gateway, contract.Once{}, false},
		"inside, not at the edge": {ask, "order", contract.Once{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dies, lives := newOwner(t, "dies~b"), newOwner(t, "lives~b")
			begun := make(chan struct{})
			register := func(o *owner, handler func(context.Context, onceRequest) (greetReply, error)) {
				require.NoError(t, o.Register(hello2, rpc.Handle(greet, never(t)), rpc.Handle(ask, handler), rpc.Handle(post, handler)))
				o.Serve("hello")
			}
			register(dies, func(ctx context.Context, _ onceRequest) (reply greetReply, _ error) {
				close(begun)
				<-ctx.Done()
				return reply, ctx.Err()
			})
			register(lives, func(context.Context, onceRequest) (greetReply, error) { return greetReply{Text: "lives"}, nil })
			d := &discovery{instances: []string{dies.instance()}}
			n := newCaller(t, d)
			call := rpc.Bind(n.For(c.caller), c.method)
			type outcome struct {
				reply greetReply
				err   error
			}
			over := make(chan outcome, 1)
			go func() {
				reply, err := call(t.Context(), onceRequest{Once: c.once})
				over <- outcome{reply, err}
			}()
			<-begun
			d.set(dies.instance(), lives.instance())
			require.NoError(t, dies.server.Close())
			got := <-over
			if c.again {
				require.NoError(t, got.err)
				require.Equal(t, "lives", got.reply.Text)
				return
			}
			require.ErrorIs(t, got.err, &status.Error{Code: status.DeadlineExceeded, Reason: "outcome_unknown"})
		})
	}
}

// TestLostAndNobodyElse is not told as if nothing had been done.
func TestLostAndNobodyElse(t *testing.T) {
	t.Parallel()
	o := newOwner(t, "dies~b")
	begun := make(chan struct{})
	handler := func(ctx context.Context, _ onceRequest) (reply greetReply, _ error) {
		close(begun)
		<-ctx.Done()
		return reply, ctx.Err()
	}
	require.NoError(t, o.Register(hello2, rpc.Handle(greet, never(t)), rpc.Handle(ask, handler), rpc.Handle(post, handler)))
	o.Serve("hello")
	call := rpc.Bind(newCaller(t, &discovery{instances: []string{o.instance()}}).For(contract.Gateway), post)
	over := make(chan error, 1)
	go func() {
		_, err := call(t.Context(), onceRequest{Once: contract.Once{Key: "k"}})
		over <- err
	}()
	<-begun
	require.NoError(t, o.server.Close())
	require.ErrorIs(t, <-over, &status.Error{Code: status.DeadlineExceeded, Reason: "outcome_unknown"})
}

// TestCallsOutliveTheWordThatTheirNodeIsGone: service discovery may be wrong.
func TestCallsOutliveTheWordThatTheirNodeIsGone(t *testing.T) {
	t.Parallel()
	o := newOwner(t, "one~b")
	begun, answer := make(chan struct{}), make(chan struct{})
	require.NoError(t, o.Register(hello, rpc.Handle(greet, func(context.Context, greetRequest) (greetReply, error) {
		close(begun)
		<-answer
		return greetReply{Text: "here"}, nil
	})))
	o.Serve("hello")
	d := &discovery{instances: []string{o.instance()}}
	call := rpc.Bind(newCaller(t, d).For(contract.Gateway), greet)
	over := make(chan error, 1)
	go func() {
		_, err := call(t.Context(), greetRequest{})
		over <- err
	}()
	<-begun
	d.set()
	close(answer)
	require.NoError(t, <-over)
}

// TestInstanceThatComesBack is called again as soon as it listens, by those who wait.
func TestInstanceThatComesBack(t *testing.T) {
	t.Parallel()
	o := newOwner(t, "one~b")
	o.greets(t)
	addr := o.ln.Addr().String()
	n := newCaller(t, &discovery{instances: []string{o.instance()}})
	call := rpc.Bind(n.For(contract.Gateway), greet)
	_, err := call(t.Context(), greetRequest{})
	require.NoError(t, err)
	require.NoError(t, o.server.Close())
	require.Eventually(t, func() bool { // first may come that it was lost
		_, err = call(t.Context(), greetRequest{})
		return errors.Is(err, &status.Error{Code: status.Unavailable, Reason: "module_unavailable"})
	}, 10*time.Second, time.Millisecond)
	o.listen(t, addr)
	require.Eventually(t, func() bool {
		_, err := call(t.Context(), greetRequest{})
		return err == nil
	}, 10*time.Second, time.Millisecond)
}

// TestAnotherMajor is not called.
func TestAnotherMajor(t *testing.T) {
	t.Parallel()
	o := newOwner(t, "one~b")
	o.major = 2
	o.greets(t)
	n := newCaller(t, &discovery{instances: []string{o.instance()}})
	call := rpc.Bind(n.For(contract.Gateway), greet)
	for range 3 {
		_, err := call(t.Context(), greetRequest{})
		require.ErrorIs(t, err, &status.Error{Code: status.Unavailable, Reason: "module_incompatible"})
	}
	require.LessOrEqual(t, n.counted(t, "holon_call_waits_total", nil), 1, "until the instance was known; waiting brings no other version")
}

// TestConnectionsThatEndAtOnce are not made as fast as a processor can.
func TestConnectionsThatEndAtOnce(t *testing.T) {
	t.Parallel()
	o := newOwner(t, "one~b")
	o.greets(t)
	var made atomic.Int32
	n := newCallerOver(t, &discovery{instances: []string{o.instance()}}, func(c *wire.Conn) {
		made.Add(1)
		require.NoError(t, c.Close())
	})
	_, err := rpc.Bind(n.For(contract.Gateway), greet)(t.Context(), greetRequest{})
	require.ErrorIs(t, err, &status.Error{Code: status.Unavailable})
	require.LessOrEqual(t, made.Load(), int32(5), "one each 50 ms of 150")
}

// TestPatienceHasAnEnd: half of the time that is left, and not a moment after the caller has gone.
func TestPatienceHasAnEnd(t *testing.T) {
	t.Parallel()
	n := newCaller(t, &discovery{})
	call := rpc.Bind(n.For(contract.Gateway), greet)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err := call(ctx, greetRequest{})
	require.ErrorIs(t, err, &status.Error{Code: status.Unavailable, Reason: "module_unavailable"})
	require.NoError(t, ctx.Err(), "there is time to say so")
	gone, leave := context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, leave)
	_, err = call(gone, greetRequest{})
	require.ErrorIs(t, err, &status.Error{Code: status.Canceled})
}

// TestModuleThatComesHere ends the wait for it elsewhere.
func TestModuleThatComesHere(t *testing.T) {
	t.Parallel()
	n := newCaller(t, &discovery{})
	require.NoError(t, n.Register(hello, rpc.Handle(greet, func(context.Context, greetRequest) (greetReply, error) {
		return greetReply{Text: "here"}, nil
	})))
	call := rpc.Bind(n.For(contract.Gateway), greet)
	time.AfterFunc(time.Millisecond, func() { n.Serve("hello") })
	reply, err := call(t.Context(), greetRequest{})
	require.NoError(t, err)
	require.Equal(t, "here", reply.Text)
}

type onceRequest struct{ Once contract.Once }

var (
	ask    = contract.Method[onceRequest, greetReply]{Name: "hello.ask", Idempotent: true, Callers: []contract.Caller{contract.Gateway, "order"}}
	post   = contract.Method[onceRequest, greetReply]{Name: "hello.post", Callers: []contract.Caller{contract.Gateway}}
	hello2 = contract.Contract{Module: "hello", Major: 1, Methods: []contract.Described{greet, ask, post}}
)
