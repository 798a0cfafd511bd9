package core_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/user"
)

// BenchmarkCheckAPIKey measures what a gateway that has not seen a key asks, among 10,000 keys of 100 accounts.
func BenchmarkCheckAPIKey(b *testing.B) {
	owners := ids(b, 100)
	_, u := keyed(b, newClock(), owners...)
	var good user.CreateAPIKeyReply
	for _, owner := range owners {
		for i := range user.MaxAPIKeys {
			made, err := makeKey(b.Context(), u, owner, fmt.Sprint(i), 0)
			require.NoError(b, err)
			good = made
		}
	}
	id, digest, _ := user.ParseAPIKey(string(good.Text))
	for _, row := range []struct {
		what string
		r    user.CheckAPIKeyRequest
		ok   bool
	}{
		{"good", user.CheckAPIKeyRequest{ID: id, Digest: digest}, true},
		{"wrong", user.CheckAPIKeyRequest{ID: id, Digest: make([]byte, 32)}, false},
		{"unknown", user.CheckAPIKeyRequest{ID: "aaaaaaaaaaaaaaaa", Digest: digest}, false},
	} {
		b.Run(row.what, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if _, err := u.CheckAPIKey(b.Context(), row.r); (err == nil) != row.ok {
					b.Fatal(err)
				}
			}
		})
	}
}
