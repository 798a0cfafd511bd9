package adapter_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"holon/transport/adapter"
	"holon/transport/contract"
)

var quiet = slog.New(slog.DiscardHandler)

func serving(t testing.TB, h http.HandlerFunc) *adapter.Adapter {
	t.Helper()
	a := adapter.New(adapter.Params{Log: quiet})
	require.NoError(t, a.Register("shop", h, ""))
	a.Serve("shop")
	return a
}

func TestRegisterRefuses(t *testing.T) {
	t.Parallel()
	a := serving(t, func(http.ResponseWriter, *http.Request) {})
	require.ErrorContains(t, a.Register("shop", http.NotFoundHandler(), ""), "two handlers")
	require.ErrorContains(t, a.Register("other", nil, ""), "no handler")
	require.ErrorContains(t, a.Register("other", http.NotFoundHandler(), "health"), "must begin with /")
}

func TestServeAndWithdraw(t *testing.T) {
	t.Parallel()
	a := serving(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "here") })
	ask := func(module string) bool {
		return a.ServeHere(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil), module)
	}
	require.True(t, ask("shop"))
	require.False(t, ask("other"))
	a.Withdraw("shop")
	require.False(t, ask("shop"))
	live, well := a.Serves("shop")
	require.False(t, live)
	require.True(t, well)
}

// TestWaitsForHandlers has a handler at work while its module goes.
func TestWaitsForHandlers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		a := serving(t, func(http.ResponseWriter, *http.Request) { <-release })
		go a.ServeHere(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil), "shop")
		synctest.Wait()
		a.Withdraw("shop")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, a.Wait(ctx), context.DeadlineExceeded)
		close(release)
		require.NoError(t, a.Wait(t.Context()))
	})
}

// TestContext has in it who asks and nothing of this process.
func TestContext(t *testing.T) {
	t.Parallel()
	type foreign struct{}
	var who contract.Principal
	var found any
	ended := make(chan error, 1)
	a := serving(t, func(_ http.ResponseWriter, r *http.Request) {
		who, found = contract.PrincipalOf(r.Context()), r.Context().Value(foreign{})
		<-r.Context().Done()
		ended <- context.Cause(r.Context())
	})
	gone := errors.New("the client has gone")
	ctx, cancel := context.WithCancelCause(context.WithValue(t.Context(), foreign{}, "x"))
	r := httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx)
	want := contract.Principal{Subject: "u1", Roles: []string{"admin", "clerk"}, Scopes: []string{"module:a", "*"}, Key: "k"}
	adapter.Introduce(r.Header, want)
	go cancel(gone)
	require.True(t, a.ServeHere(httptest.NewRecorder(), r, "shop"))
	require.Equal(t, want, who)
	require.Nil(t, found)
	require.ErrorIs(t, <-ended, gone)
}

func TestPanics(t *testing.T) {
	t.Parallel()
	a := serving(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Secret", "half done")
		switch r.URL.Path {
		case "/begun":
			fmt.Fprint(w, "half")
			panic("late")
		case "/abort":
			panic(http.ErrAbortHandler)
		}
		panic("early")
	})
	w := httptest.NewRecorder()
	require.True(t, a.ServeHere(w, httptest.NewRequest(http.MethodGet, "/", nil), "shop"))
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.Contains(t, w.Body.String(), `"code":"internal"`)
	require.NotContains(t, w.Body.String(), "early")
	require.Empty(t, w.Header().Get("X-Secret"))
	for _, path := range []string{"/begun", "/abort"} {
		require.PanicsWithValue(t, http.ErrAbortHandler, func() {
			a.ServeHere(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil), "shop")
		})
	}
	require.NoError(t, a.Wait(t.Context()))
}

// TestHealth turns after two bad checks and one good one, hears of a handler that hangs, and ends with it.
func TestHealth(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var code atomic.Int64
		code.Store(http.StatusOK)
		release := make(chan struct{})
		a := adapter.New(adapter.Params{Log: quiet})
		var told []string
		var mu sync.Mutex
		require.NoError(t, a.Register("shop", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/healthz" {
				t.Errorf("asked for %s", r.URL.Path)
			}
			switch c := int(code.Load()); c {
			case 0:
				<-release
			case 1:
				panic("ill")
			default:
				w.WriteHeader(c)
			}
		}), "/healthz"))
		a.Serve("shop")
		a.StartChecks(func(module string, fault error) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, fmt.Sprint(module, ": ", fault))
		})
		heard := func() string {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			defer func() { told = nil }()
			return strings.Join(told, ", ")
		}
		sleep := func(d time.Duration) { <-time.After(d) } // in a bubble, where it takes no time
		require.Empty(t, heard())
		code.Store(http.StatusServiceUnavailable)
		sleep(1500 * time.Millisecond)
		require.Empty(t, heard(), "once is not twice")
		sleep(time.Second)
		require.Equal(t, "shop: GET /healthz answers 503", heard())
		_, well := a.Serves("shop")
		require.False(t, well)
		require.ErrorContains(t, a.Faults()["shop"], "503")
		code.Store(http.StatusFound)
		sleep(time.Second)
		require.Equal(t, "shop: <nil>", heard())
		require.Empty(t, a.Faults())
		code.Store(1)
		sleep(2 * time.Second)
		require.Equal(t, "shop: GET /healthz answers 500", heard())
		code.Store(http.StatusOK)
		sleep(time.Second)
		require.Equal(t, "shop: <nil>", heard())
		code.Store(0)
		sleep(5 * time.Second)
		require.Equal(t, "shop: its health check does not come back", heard())
		code.Store(http.StatusOK)
		close(release)
		sleep(2 * time.Second)
		require.Equal(t, "shop: <nil>", heard())
		a.StopChecks()
	})
}

// TestFirstCheckDecides has a handler that is not well from the beginning.
func TestFirstCheckDecides(t *testing.T) {
	t.Parallel()
	a := adapter.New(adapter.Params{Log: quiet})
	require.NoError(t, a.Register("shop", http.NotFoundHandler(), "/healthz"))
	a.StartChecks(nil)
	defer a.StopChecks()
	require.ErrorContains(t, a.Faults()["shop"], "GET /healthz answers 404")
}

// TestSpans are those of the handler's node, below the gateway's.
func TestSpans(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewSpanRecorder()
	a := adapter.New(adapter.Params{Log: quiet, Tracer: sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))})
	require.NoError(t, a.Register("shop", http.NotFoundHandler(), ""))
	a.Serve("shop")
	ask := func(flags string) {
		r := httptest.NewRequest(http.MethodGet, "/x", nil)
		r.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-"+flags)
		a.ServeHere(httptest.NewRecorder(), r, "shop")
	}
	ask("00")
	require.Empty(t, spans.Ended())
	ask("01")
	require.Len(t, spans.Ended(), 1)
	s := spans.Ended()[0]
	require.Equal(t, "shop GET", s.Name())
	require.Equal(t, "0af7651916cd43dd8448eb211c80319c", s.SpanContext().TraceID().String())
	require.Equal(t, "b7ad6b7169203331", s.Parent().SpanID().String())
}

// node is a port on a real socket.
func node(t testing.TB, h http.HandlerFunc) (a *adapter.Adapter, p *adapter.Port, addr string) {
	t.Helper()
	a = serving(t, h)
	p = adapter.NewPort(a, "n1~boot", 100, quiet)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			p.Take(c)
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		accepting.Wait()
		require.NoError(t, p.Close())
	})
	return a, p, ln.Addr().String()
}

func TestPort(t *testing.T) {
	t.Parallel()
	a, p, addr := node(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Holon-Refused", "me")
		w.Header().Set("Keep-Alive", "timeout=1")
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, r.RemoteAddr, " ", r.Header.Get("X-Holon-Module"), r.Header.Get("X-Holon-Instance"), r.Header.Get("X-Holon-Remote"))
	})
	dialer := &net.Dialer{}
	transport := &http.Transport{DialContext: adapter.Dial(dialer.DialContext, 5*time.Second), DisableKeepAlives: true}
	ask := func(module, instance string) (int, string, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+"/x", nil)
		require.NoError(t, err)
		adapter.Address(r.Header, module, instance, "192.0.2.1:77", "shop.example.com")
		resp, err := transport.RoundTrip(r)
		require.NoError(t, err)
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		why, _ := adapter.Refusal(resp)
		require.Empty(t, resp.Header.Get("Keep-Alive"))
		return resp.StatusCode, why, string(body)
	}
	_, why, body := ask("shop", "n1~boot")
	require.Empty(t, why, "a handler cannot say that it was not asked")
	require.Equal(t, "192.0.2.1:77 ", body)
	_, why, _ = ask("other", "n1~boot")
	require.Contains(t, why, "not here")
	_, why, _ = ask("shop", "n1~before")
	require.Contains(t, why, "another process")
	code, _, body := ask("", "n1~boot")
	require.Equal(t, http.StatusBadRequest, code)
	require.Contains(t, body, "for the nodes of a holon cluster")
	a.Withdraw("shop")
	_, why, _ = ask("shop", "n1~boot")
	require.Contains(t, why, "not here")

	require.NoError(t, p.Drain(t.Context()))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+"/x", nil)
	require.NoError(t, err)
	_, err = transport.RoundTrip(r)
	op, ok := errors.AsType[*net.OpError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, "dial", op.Op)
	require.ErrorContains(t, err, "takes no requests")
}

// TestDialToSomebodyElse meets a port that says nothing, one that speaks otherwise, and one that closes.
func TestDialToSomebodyElse(t *testing.T) {
	t.Parallel()
	for what, answer := range map[string]string{"silent": "", "other": "hello, who is there?\r\n\r\n", "web": "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer func() { _ = ln.Close() }()
			gone := make(chan struct{})
			go func() {
				defer close(gone)
				if c, err := ln.Accept(); err == nil {
					_, _ = io.WriteString(c, answer)
					_, _ = io.Copy(io.Discard, c)
					_ = c.Close()
				}
			}()
			dialer := &net.Dialer{}
			_, err = adapter.Dial(dialer.DialContext, 100*time.Millisecond)(t.Context(), "tcp", ln.Addr().String())
			require.Error(t, err)
			<-gone
		})
	}
}
