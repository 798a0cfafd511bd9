package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/contract"
)

func TestPageLimit(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ asked, want int }{
		{0, contract.DefaultPageLimit}, {1, 1}, {50, 50}, {contract.MaxPageLimit, contract.MaxPageLimit},
	} {
		got, err := contract.PageLimit(row.asked)
		require.NoError(t, err)
		require.Equal(t, row.want, got)
	}
	for _, asked := range []int{-1, contract.MaxPageLimit + 1, 1 << 40} {
		_, err := contract.PageLimit(asked)
		require.ErrorContains(t, err, "limit must be 1 to 200")
	}
}
