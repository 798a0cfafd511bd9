package storage_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules/storage"
)

func TestEvery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		told := 0
		stop := storage.Every(time.Minute, func() { told++ })
		<-time.After(150 * time.Second)
		stop()
		require.Equal(t, 2, told)
	})
}
