package order_test

import (
	"context"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"holon/modules/order"
	"holon/transport/contract"
	"holon/transport/status"
)

// given is what was answered under a key.
type given struct {
	fingerprint string
	order       order.Order
}

// machine is the model beside the module.
type machine struct {
	s     order.Service
	root  context.Context
	ctxOf func(subject string) context.Context
	owner string

	ids     []string // of the owner's orders, oldest first
	orders  map[string]order.Order
	answers map[string]given // by operation and key
}

// once draws no key, or one of few; the fingerprint is that of the request.
func (m *machine) once(t *rapid.T, fingerprint string) contract.Once {
	key := rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "key")
	if key == "" {
		return contract.Once{}
	}
	return contract.Once{Key: m.owner + key, Fingerprint: []byte(fingerprint)}
}

// expect compares an answer with the model: a replay, a refusal of the key, or what want makes of the request.
func (m *machine) expect(t *rapid.T, operation string, o contract.Once, r order.Result, err error, want func() error) {
	kept, used := m.answers[operation+o.Key]
	switch {
	case o.Key != "" && used && kept.fingerprint == string(o.Fingerprint):
		require.NoError(t, err)
		require.Equal(t, order.Result{Order: kept.order, Replayed: true}, r)
		return
	case o.Key != "" && used:
		require.ErrorIs(t, err, status.New(status.Invalid, "idempotency_key_reused", ""))
		return
	}
	if refusal := want(); refusal != nil {
		require.ErrorIs(t, err, refusal)
		return
	}
	require.NoError(t, err)
	require.False(t, r.Replayed)
	m.orders[r.Order.ID] = r.Order
	if o.Key != "" {
		m.answers[operation+o.Key] = given{string(o.Fingerprint), r.Order}
	}
}
