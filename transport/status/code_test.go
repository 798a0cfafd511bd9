package status_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/status"
)

// TestCodes holds the numbers, names and HTTP statuses still: numbers cross between releases, names and statuses are
// in the programs of others.
func TestCodes(t *testing.T) {
	t.Parallel()
	frozen := []struct {
		code   status.Code
		number uint8
		name   string
		http   int
	}{
		{status.Internal, 1, "internal", 500},
		{status.Malformed, 2, "malformed", 400},
		{status.Invalid, 3, "invalid", 422},
		{status.Unauthenticated, 4, "unauthenticated", 401},
		{status.PermissionDenied, 5, "permission_denied", 403},
		{status.NotFound, 6, "not_found", 404},
		{status.Conflict, 7, "conflict", 409},
		{status.PreconditionFailed, 8, "precondition_failed", 412},
		{status.TooLarge, 9, "too_large", 413},
		{status.Exhausted, 10, "exhausted", 429},
		{status.Unavailable, 11, "unavailable", 503},
		{status.DeadlineExceeded, 12, "deadline_exceeded", 504},
		{status.Canceled, 13, "canceled", 499},
		{status.StorageFull, 14, "storage_full", 507},
		{status.Unimplemented, 15, "unimplemented", 501},
	}
	codes := status.Codes()
	require.Len(t, codes, len(frozen), "a new code needs a line here")
	for i, f := range frozen {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, f.code, codes[i], "Codes is in ascending order")
			require.EqualValues(t, f.number, f.code)
			require.Equal(t, f.name, f.code.String())
			require.Equal(t, f.http, f.code.HTTP())
			require.True(t, f.code.Known())
			require.Equal(t, f.code, status.FromHTTP(f.code.HTTP()), "round trip through HTTP")
		})
	}
}

func TestUnknownNumberIsInternal(t *testing.T) {
	t.Parallel()
	for _, number := range []uint8{0, 16, 255} {
		c := status.Code(number)
		require.False(t, c.Known())
		require.Equal(t, "internal", c.String())
		require.Equal(t, 500, c.HTTP())
	}
}

func TestFromHTTPOfForeignStatus(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		http int
		want status.Code
	}{
		{405, status.Malformed}, {418, status.Malformed}, {451, status.Malformed},
		{502, status.Internal}, {599, status.Internal}, {302, status.Internal}, {200, status.Internal}, {0, status.Internal},
	} {
		require.Equal(t, row.want, status.FromHTTP(row.http), "HTTP %d", row.http)
	}
}
