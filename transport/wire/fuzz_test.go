package wire

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"holon/transport/contract"
	"holon/transport/status"
)

// FuzzReader: whatever comes, the reader ends with the stream or a counted reason, and what it lets through is there.
func FuzzReader(f *testing.F) {
	f.Add(appendFrame(nil, kindPing, 7, nil))
	f.Add(appendFrame(appendFrame(nil, kindCall, 1, []byte("message")), 200, 2, []byte("from tomorrow")))
	f.Add(appendHead(nil, kindReply, 1, maxPayload+1))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		r := newReader(bytes.NewReader(stream))
		arriving := make(partials)
		left := len(stream)
		for {
			fr, err := r.next()
			if err != nil {
				_, counted := errors.AsType[*refusal](err)
				require.True(t, counted || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF), "%v", err)
				return
			}
			left -= headSize + len(fr.payload)
			require.GreaterOrEqual(t, left, 0)
			require.Less(t, fr.kind, kindSkippable)
			if fr.kind == kindChunk {
				fuzzChunk(fr, arriving)
			}
			require.LessOrEqual(t, len(arriving), maxLarge)
		}
	})
}

func fuzzChunk(fr frame, arriving partials) {
	total, piece, err := parseChunk(fr.payload)
	if err != nil {
		return
	}
	m := arriving[fr.id]
	if m == nil {
		if m, err = arriving.begin(fr.id, total, total < 1<<16, time.Time{}); err != nil {
			return
		}
	}
	if m.add(total, piece) == nil && len(m.body) > m.total {
		panic("more than was announced")
	}
}

// FuzzHeader: a header that was read says the same when it is written and read again.
func FuzzHeader(f *testing.F) {
	f.Add(appendHeader(nil, fullRequest(), time.Second))
	f.Add(appendHeader(nil, &Request{Method: "user.get"}, unlimited))
	f.Add([]byte("\x01\x03a.b\x06\x190000000000000000\x00\x00\x00\x00\x00\x00\x00\x000")) // a trace without a span
	f.Add(append(appendHeader(nil, &Request{Method: "user.get"}, 0), 99, 3, 1, 2, 3))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var one, two Request
		left, err := parseHeader(raw, &one, newNames())
		if err != nil {
			requireCounted(t, err)
			return
		}
		again, err := parseHeader(appendHeader(nil, &one, left), &two, newNames())
		require.NoError(t, err)
		require.Equal(t, left, again)
		require.Equal(t, one, two)
	})
}

// FuzzHello likewise.
func FuzzHello(f *testing.F) {
	f.Add(appendHello(nil, Hello{}, protocolVersion))
	f.Add(appendHello(nil, Hello{Cluster: "c", Node: "n", Boot: "b", Modules: []Module{{"user", 2, []string{"user.get"}}, {}}}, 7))
	f.Fuzz(func(t *testing.T, raw []byte) {
		one, version, err := parseHello(raw)
		if err != nil {
			requireCounted(t, err)
			return
		}
		two, again, err := parseHello(appendHello(nil, one, version))
		require.NoError(t, err)
		require.Equal(t, version, again)
		require.Equal(t, one, two)
	})
}

// FuzzFailure likewise, for the errors that owners answer with.
func FuzzFailure(f *testing.F) {
	f.Add(appendFailure(nil, status.New(status.Conflict, "email_taken", "taken").With("hint", "log in"), false))
	f.Add(appendFailure(nil, status.New(status.Unavailable, "", ""), true))
	f.Fuzz(func(t *testing.T, raw []byte) {
		one, notBegun, err := parseFailure(raw)
		if err != nil {
			requireCounted(t, err)
			return
		}
		require.True(t, one.Code.Known())
		if failureSize(one) > maxFailure {
			return
		}
		two, again, err := parseFailure(appendFailure(nil, one, notBegun))
		require.NoError(t, err)
		require.Equal(t, notBegun, again)
		require.Equal(t, one, two)
	})
}

func requireCounted(t *testing.T, err error) {
	t.Helper()
	_, counted := errors.AsType[*refusal](err)
	require.True(t, counted, "%v", err)
}

func fullRequest() *Request {
	state, err := trace.ParseTraceState("a=1,b=2")
	if err != nil {
		panic(err)
	}
	return &Request{
		Method: "user.get", Caller: "order", Idempotent: true,
		Principal: contract.Principal{Subject: "u1", Roles: []string{"admin", ""}},
		Trace: trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled, TraceState: state, Remote: true,
		}),
	}
}
