package eventlog_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"holon/modules/storage/eventlog"
)

// noon is a moment in whole milliseconds.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestIdsAscend(t *testing.T) {
	t.Parallel()
	var s eventlog.Sequence
	last, now := "", noon
	for i := range 1_000_000 {
		if i%1000 == 999 {
			now = now.Add(time.Millisecond)
		}
		id := s.Next(now)
		if id <= last { // a million times require is slow
			require.Greater(t, id, last)
		}
		last = id
	}
	require.Equal(t, now, timeOf(t, last), "counting has not run ahead of the clock")
}

func TestIdsAreUUIDv7(t *testing.T) {
	t.Parallel()
	var s eventlog.Sequence
	for range 1000 {
		id, err := uuid.Parse(s.Next(noon))
		require.NoError(t, err)
		require.Equal(t, uuid.Version(7), id.Version())
		require.Equal(t, uuid.RFC4122, id.Variant())
		require.Equal(t, noon, timeOf(t, id.String()))
	}
}

func TestIdsAscendWhenTheClockIsSetBack(t *testing.T) {
	t.Parallel()
	var s eventlog.Sequence
	first := s.Next(noon)
	second := s.Next(noon.Add(-24 * time.Hour))
	require.Greater(t, second, first)
	require.Equal(t, noon, timeOf(t, second))
	third := s.Next(noon.Add(time.Millisecond))
	require.Greater(t, third, second)
	require.Equal(t, noon.Add(time.Millisecond), timeOf(t, third))
}

func TestIdsCarryOver(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		after string
		ms    int64
	}{
		"into the upper part":  {after: "00000000-0001-7ffe-bfff-ffffffffffff", ms: 1},
		"into the millisecond": {after: "00000000-0001-7fff-bfff-ffffffffffff", ms: 2},
		"only in the lower":    {after: "00000000-0001-7fff-8000-000000000000", ms: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s eventlog.Sequence
			require.NoError(t, s.After(row.after))
			id := s.Next(time.UnixMilli(0))
			require.Greater(t, id, row.after)
			require.Equal(t, row.ms, timeOf(t, id).UnixMilli())
			require.Equal(t, uuid.Version(7), uuid.MustParse(id).Version())
			require.Equal(t, uuid.RFC4122, uuid.MustParse(id).Variant())
		})
	}
}

func TestSequenceGoesOnAfterAnId(t *testing.T) {
	t.Parallel()
	var before eventlog.Sequence
	for range 1000 {
		last := before.Next(noon)
		var s eventlog.Sequence
		require.NoError(t, s.After(last))
		require.Greater(t, s.Next(noon.Add(-time.Hour)), last)
	}
	var s eventlog.Sequence
	require.ErrorContains(t, s.After("no id"), "is not a UUIDv7")
	require.ErrorContains(t, s.After(uuid.NewString()), "is not a UUIDv7")
}

func TestBound(t *testing.T) {
	t.Parallel()
	for range 1000 {
		var s eventlog.Sequence
		id := s.Next(noon)
		require.LessOrEqual(t, eventlog.Bound(noon), id)
		require.Greater(t, eventlog.Bound(noon.Add(time.Millisecond)), id)
	}
	require.Equal(t, "00000000-0000-7000-8000-000000000000", eventlog.Bound(time.Time{}))
}

func timeOf(t *testing.T, id string) time.Time {
	t.Helper()
	sec, nsec := uuid.MustParse(id).Time().UnixTime()
	return time.Unix(sec, nsec).UTC()
}
