package modulestest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holon/transport/status"
)

// Refused requires an error of this code, and of this name if one is given, and returns it as the caller saw it.
func Refused(t *testing.T, err error, code status.Code, name string) *status.Error {
	t.Helper()
	require.Error(t, err)
	e := status.From(err)
	require.Equal(t, code.String(), e.Code.String(), "%v", e)
	if name != "" {
		require.Equal(t, name, e.Name())
	}
	require.NotEmpty(t, e.Message, "a failure says something to a person")
	return e
}
