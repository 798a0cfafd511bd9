package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMoment(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 5, 6, 7, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"":                               {},
		"0s":                             now,
		"90s":                            now.Add(-90 * time.Second),
		"1h30m":                          now.Add(-90 * time.Minute),
		"3d":                             now.AddDate(0, 0, -3),
		"2026-11-23T05:06:07Z":           now,
		"2026-11-23T05:06:07.000Z":       now,
		"2026-11-23T06:06:07.5+01:00":    now.Add(500 * time.Millisecond),
		stamp(now.Add(time.Millisecond)): now.Add(time.Millisecond),
	} {
		got, err := moment(text, now)
		require.NoError(t, err, text)
		require.True(t, want.Equal(got), "%s: %s", text, got)
	}
	for _, text := range []string{"yesterday", "2h ago", "-2h", "-1d", "1.5d", "d", "99999999d", "2026-11-23", "7"} {
		_, err := moment(text, now)
		require.ErrorContains(t, err, "neither a time", text)
	}
}

func TestTableCells(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 5, 6, 7, 0, time.UTC)
	require.Equal(t, "a b  [31mc", printable("a\nb \x1b[31mc"))
	require.Equal(t, "short", shortened("short"))
	require.Len(t, []rune(shortened(string(make([]rune, 100)))), maxCell)
	require.Equal(t, "-", ago(time.Time{}, now))
	require.Equal(t, "1m30s", ago(now.Add(-90*time.Second), now))
	require.Equal(t, "0s", ago(now.Add(time.Second), now), "another clock is a little ahead")
	require.Equal(t, "-", deliveryStatus{}.next(now))
	require.Equal(t, "now", deliveryStatus{Due: now}.next(now))
	require.Equal(t, "in 2m0s", deliveryStatus{Due: now.Add(2 * time.Minute)}.next(now))
	require.Equal(t, "-", deliveryStatus{}.to())
	require.Equal(t, "a.b (replay)", deliveryStatus{Subscriber: "a.b", Replay: "x"}.to())
	require.Equal(t, "a-b=c", quoted("a-b=c"))
	require.Equal(t, `'it'\''s $5'`, quoted("it's $5"))
	require.Equal(t, "''", quoted(""))
}
