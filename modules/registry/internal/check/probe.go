package check

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"holon/modules/registry"
)

const (
	// timeout bounds one check.
	timeout = 5 * time.Second
	// read is how much of an answer is looked at, in bytes, before the connection is closed.
	read = 4 << 10
)

// prober asks instances. It goes where a registration says and no further: it follows no redirection, asks no proxy of the
// environment, and passes on nothing of what it read.
type prober struct {
	http   *http.Client
	dialer net.Dialer
}

func newProber() *prober {
	p := &prober{dialer: net.Dialer{Control: registry.Reachable}}
	p.http = &http.Client{
		// Each check makes a connection of its own: whether one can be made is part of the question.
		Transport:     &http.Transport{DialContext: p.dialer.DialContext, DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return p
}

// probe asks once. Its error says in a few words what is wrong.
func (p *prober) probe(ctx context.Context, r registry.Registration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if r.Check.TCP {
		conn, err := p.dialer.DialContext(ctx, "tcp", r.Address)
		if err != nil {
			return reason(err)
		}
		return conn.Close()
	}
	path, query, _ := strings.Cut(r.Check.HTTP, "?")
	u := url.URL{Scheme: "http", Host: r.Address, Path: path, RawQuery: query}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return errors.New("the path cannot be asked for")
	}
	req.Header.Set("User-Agent", "holon-registry")
	resp, err := p.http.Do(req)
	if err != nil {
		return reason(err)
	}
	defer func() { _ = resp.Body.Close() }() // it was only looked at
	_, _ = io.CopyN(io.Discard, resp.Body, read)
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("it answers %d to GET %s", resp.StatusCode, r.Check.HTTP)
	}
	return nil
}

// reason is why an instance was not reached, in words that stay the same while the cause does.
func reason(err error) error {
	var late interface{ Timeout() bool }
	_, noName := errors.AsType[*net.DNSError](err)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("connection refused")
	case errors.Is(err, registry.ErrElsewhere):
		return registry.ErrElsewhere
	case noName:
		return errors.New("its name is not known")
	case errors.As(err, &late) && late.Timeout():
		return fmt.Errorf("no answer within %s", timeout)
	default:
		return errors.New("no connection, or it broke")
	}
}
