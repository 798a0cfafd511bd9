package events_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/transport/events"
	"holon/transport/status"
)

// TestDiskOfABusyModule is looked at once a second, and nobody who announces waits for that.
func TestDiskOfABusyModule(t *testing.T) {
	bubble(t, func(t *testing.T) {
		disk := &freeSpace{bytes: 1 << 30}
		h := newHouse(t)
		h.settings.MinFree, h.free = 100<<20, disk.free
		h.run(t)
		require.Equal(t, 1, disk.looks, "the start looks")
		version := int64(0)
		for range 30 { // three seconds
			version++
			h.sell(t, sale{Key: "a", Version: version})
			pass(100 * time.Millisecond)
		}
		require.LessOrEqual(t, disk.looks, 4)
		disk.set(90<<20, nil)
		pass(time.Second)
		h.sell(t, sale{Key: "a", Version: version + 1}) // by what was seen last
		pass(0)
		require.Equal(t, status.StorageFull, h.refused(t).Code)
	})
}

// TestDiskThatIsSilent keeps nobody waiting but the one who looks, and whoever asks how the disk is is told.
func TestDiskThatIsSilent(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var hangs atomic.Bool
		release := make(chan struct{})
		var looks atomic.Int64
		h := newHouse(t)
		h.free = func() (int64, error) {
			looks.Add(1)
			if hangs.Load() {
				<-release
			}
			return 1 << 40, nil
		}
		h.run(t)
		pass(2 * time.Second)
		hangs.Store(true)
		asked := time.Now()
		h.sell(t, sale{Key: "a", Version: 1})
		require.Zero(t, time.Since(asked))
		pass(events.SilentAfter - time.Millisecond)
		require.Zero(t, h.box.Disk().SilentSince)
		pass(time.Millisecond)
		require.True(t, asked.Equal(h.box.Disk().SilentSince))
		for v := int64(2); v < 5; v++ {
			pass(events.IdleLook)
			h.sell(t, sale{Key: "a", Version: v})
		}
		pass(markTime)
		h.requireOrder(t, 4)
		require.EqualValues(t, 2, looks.Load(), "one look is enough to wait for")
		require.Len(t, h.logs.of("the disk does not answer"), 1)

		hangs.Store(false)
		close(release)
		pass(0)
		require.Zero(t, h.box.Disk().SilentSince)
		require.Len(t, h.logs.of("the disk answers again"), 1)
		pass(2 * events.IdleLook)
		require.Greater(t, looks.Load(), int64(2))
	})
}
