package api

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// maxKeySet bounds what is read of an issuer's answer, in bytes.
const maxKeySet = 64<<10 + 1

// Fetcher gets the keys of outside issuers. It follows no redirect: the address that was configured is the one that is
// trusted.
type Fetcher struct{ client *http.Client }

// NewFetcher returns one with a client of its own.
func NewFetcher() *Fetcher {
	dialer := net.Dialer{Timeout: 3 * time.Second}
	return &Fetcher{&http.Client{
		Transport: &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 3 * time.Second, DisableKeepAlives: true,
			MaxResponseHeaderBytes: 16 << 10, Proxy: http.ProxyFromEnvironment},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       10 * time.Second,
	}}
}

// Fetch returns what is at the address.
func (f *Fetcher) Fetch(ctx context.Context, url string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/jwk-set+json, application/json")
	resp, err := f.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }() // it only read
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", url, resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, maxKeySet))
}
