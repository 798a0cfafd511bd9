package events

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func takenIDs(items []*item) []int64 {
	var ids []int64
	for _, it := range items {
		ids = append(ids, it.ID)
	}
	return ids
}

// TestHeads has those that were put off come after the others, and yet come.
func TestHeads(t *testing.T) {
	t.Parallel()
	var h heads
	for id := range int64(4) {
		h.add(&item{Delivery: Delivery{ID: 100 + id}, off: time.Unix(1e9, 0)})
	}
	for id := range int64(10) {
		h.add(&item{Delivery: Delivery{ID: id}})
	}
	require.Empty(t, h.take(0))
	require.Equal(t, []int64{0}, takenIDs(h.take(1)))
	require.Equal(t, []int64{1, 2, 100, 3, 4, 5, 101}, takenIDs(h.take(7)))
	h.remove(func(it *item) bool { return slices.Contains([]int64{7, 102}, it.ID) })
	require.Equal(t, []int64{6, 8, 9, 103}, takenIDs(h.take(100)))
	require.Empty(t, h.take(1))
	h.add(&item{Delivery: Delivery{ID: 104}, off: time.Unix(1e9, 0)})
	require.Equal(t, []int64{104}, takenIDs(h.take(1)))
}
