package events_test

import (
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"pgregory.net/rapid"

	"holon/transport/events"
)

// TestEnvelope holds the form of a message, which other programs read, too.
func TestEnvelope(t *testing.T) {
	t.Parallel()
	e := &events.Event{
		ID: "01a206c4-8c9c-70b2-9f2f-9b5f00d0f5a1", Topic: "order.created", Key: "o-1", Version: 4, Schema: 2,
		Time:  time.Date(2026, 1, 2, 3, 4, 5, 600_000, time.UTC),
		Trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", Cause: "01a206c4-8c3d-7c81-9ad9-f950c66cf283",
		Data: []byte(`{"id":"o-1"}`),
	}
	m := events.ToMessage(e, "r-1")
	require.Equal(t, e.ID, m.UUID)
	require.JSONEq(t, `{"id":"o-1"}`, string(m.Payload))
	require.Equal(t, message.Metadata{
		"id": e.ID, "source": "holon/order", "type": "order.created", "subject": "o-1", "time": "2026-01-02T03:04:05.0006Z",
		"specversion": "1.0", "datacontenttype": "application/json", "traceparent": e.Trace,
		"keyversion": "4", "schemaversion": "2", "cause": e.Cause, "replayid": "r-1",
	}, m.Metadata)

	e.Trace, e.Cause = "", ""
	m = events.ToMessage(e, "")
	for _, name := range []string{"traceparent", "cause", "replayid"} {
		require.NotContains(t, m.Metadata, name, "what there is none of is not there")
	}
}

// TestEnvelopeRoundTrip draws events as a module's log holds them.
func TestEnvelopeRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := &events.Event{
			ID: rapid.StringN(1, 40, -1).Draw(t, "id"), Topic: rapid.StringN(1, 40, -1).Draw(t, "topic"),
			Key: rapid.String().Draw(t, "key"), Version: rapid.Int64().Draw(t, "version"), Schema: rapid.Int().Draw(t, "schema"),
			Time:  time.UnixMicro(rapid.Int64Range(0, 250_000_000_000_000_000).Draw(t, "time")).UTC(),
			Trace: rapid.String().Draw(t, "trace"), Cause: rapid.String().Draw(t, "cause"),
			Data: rapid.SliceOf(rapid.Byte()).Draw(t, "data"),
		}
		replay := rapid.String().Draw(t, "replay")
		got, gotReplay, err := events.FromMessage(events.ToMessage(e, replay))
		require.NoError(t, err)
		require.Equal(t, e, got)
		require.Equal(t, replay, gotReplay)
	})
}

func TestEnvelopeThatIsNotOurs(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct{ attr, value, want string }{
		"no id":           {"id", "", `read envelope of "e-1": it names no event or no topic`},
		"no topic":        {"type", "", `read envelope of "e-1": it names no event or no topic`},
		"another version": {"specversion", "0.3", `read envelope of "e-1": specversion is "0.3", not 1.0`},
		"no version":      {"specversion", "", `read envelope of "e-1": specversion is "", not 1.0`},
		"no time":         {"time", "", `read envelope of "e-1": parsing time ""`},
		"a bad time":      {"time", "yesterday", `read envelope of "e-1": parsing time "yesterday"`},
		"a time too late": {"time", "9999-12-31T23:59:59-01:00", `read envelope of "e-1": the year 10000 is not one of RFC 3339`},
		"no key version":  {"keyversion", "", `read envelope of "e-1": strconv.ParseInt: parsing "": invalid syntax`},
		"a bad schema":    {"schemaversion", "1.5", `read envelope of "e-1": strconv.Atoi: parsing "1.5": invalid syntax`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := events.ToMessage(&events.Event{ID: "e-1", Topic: "shop.sold", Key: "a", Time: time.Unix(0, 0).UTC()}, "")
			m.Metadata[row.attr] = row.value
			_, _, err := events.FromMessage(m)
			require.ErrorContains(t, err, row.want)
		})
	}
}

// FuzzEnvelope: what a foreign publisher sends never panics, and what is accepted survives being sent again.
func FuzzEnvelope(f *testing.F) {
	f.Add("e-1", "shop.sold", "a", "2026-01-02T03:04:05.000006Z", "1.0", "7", "1", "", "", "", []byte("{}"))
	f.Add("e-1", "shop.sold", "", "2026-01-02T03:04:05+24:60", "1.0", "-7", "+1", "00-1-2-3", "e-0", "r", []byte(nil))
	f.Add("", "", "", "0000-01-01T00:00:00+01:00", "", "", "", "", "", "", []byte("\x00"))
	f.Fuzz(func(t *testing.T, id, topic, key, at, spec, version, schema, trace, cause, replay string, data []byte) {
		m := message.NewMessage(id, data)
		for name, value := range map[string]string{
			"id": id, "type": topic, "subject": key, "time": at, "specversion": spec, "keyversion": version,
			"schemaversion": schema, "traceparent": trace, "cause": cause, "replayid": replay,
		} {
			m.Metadata[name] = value
		}
		e, gotReplay, err := events.FromMessage(m)
		if err != nil {
			require.Nil(t, e)
			return
		}
		require.Equal(t, replay, gotReplay)
		again, againReplay, err := events.FromMessage(events.ToMessage(e, gotReplay))
		require.NoError(t, err)
		require.Equal(t, e, again)
		require.Equal(t, replay, againReplay)
	})
}

func TestTraceparentRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := trace.SpanContextConfig{Remote: true}
		copy(c.TraceID[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "trace"))
		copy(c.SpanID[:], rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "span"))
		if rapid.Bool().Draw(t, "sampled") {
			c.TraceFlags = trace.FlagsSampled
		}
		want := trace.NewSpanContext(c)
		text := events.Traceparent(want)
		if !want.IsValid() {
			require.Empty(t, text)
			return
		}
		require.Regexp(t, `^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$`, text)
		require.True(t, want.Equal(trace.SpanContextFromContext(events.WithTrace(t.Context(), text))))
	})
}

func TestTraceparentThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "rubbish", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", // without flags
		"00-00000000000000000000000000000000-b7ad6b7169203331-01", "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
		"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
	} {
		require.False(t, trace.SpanContextFromContext(events.WithTrace(t.Context(), text)).IsValid(), text)
	}
}
