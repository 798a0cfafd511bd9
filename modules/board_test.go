package modules_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules"
)

func TestBoard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := modules.NewBoard()
		require.Equal(t, []modules.Standing{}, b.All(), "nothing is a list too")
		began := time.Now().UTC()
		for _, name := range []string{"user", "gateway", "order"} {
			b.Set(name, modules.Starting)
		}
		<-time.After(time.Second) // in a bubble that takes none
		b.Set("order", modules.Ready)
		require.Equal(t, []modules.Standing{
			{Module: "gateway", State: modules.Starting, Since: began},
			{Module: "order", State: modules.Ready, Since: began.Add(time.Second)},
			{Module: "user", State: modules.Starting, Since: began},
		}, b.All(), "by name, each in its last state and since then")
	})
}

func TestBoardUsedAtOnce(t *testing.T) {
	t.Parallel()
	b := modules.NewBoard()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 100 {
				b.Set(fmt.Sprint("m", i), modules.Ready)
				b.All()
			}
		})
	}
	all.Wait()
	require.Len(t, b.All(), 8)
}
