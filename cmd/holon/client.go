package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"holon/transport/web"
)

// callTimeout bounds a verb's question to a node, workTimeout what it has the node do: copying and verifying some hundred
// gigabytes takes a while. maxReply bounds what is read of the answer, in bytes.
const (
	callTimeout = 10 * time.Second
	workTimeout = 24 * time.Hour
	maxReply    = 16 << 20
)

// target is a node that a verb talks to.
type target struct {
	name, admin, token string
}

// adminClient talks to admin ports alone: no proxy stands before a loopback address, and no node sends elsewhere.
var adminClient = &http.Client{
	Transport:     &http.Transport{Proxy: nil, DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// look asks the node and decodes its JSON answer. It carries no token: until a node has said who it is, it may be
// anybody who has the port now.
func (t target) look(ctx context.Context, path string, out any) error {
	_, err := t.call(ctx, http.MethodGet, path, nil, out, "")
	return err
}

// change has the node do something.
func (t target) change(ctx context.Context, path string, in, out any) error {
	code, err := t.call(ctx, http.MethodPost, path, in, out, t.token)
	if err == nil && code != http.StatusOK {
		return failed("", "node %s answered %d: is %s the admin port of a node?", t.name, code, t.admin)
	}
	return err
}

func (t target) call(ctx context.Context, method, path string, in, out any, token string) (code int, err error) {
	patience := callTimeout
	if method != http.MethodGet {
		patience = workTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return 0, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+t.admin+path, &body)
	if err != nil {
		return 0, failed("give --admin as HOST:PORT", "%q is no address of a node: %v", t.admin, err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := adminClient.Do(r)
	if errors.Is(err, context.DeadlineExceeded) {
		return 0, failed("look at its log, and try again", "node %s has not answered within %s; it may still be at work", t.name, patience)
	}
	if err != nil {
		return 0, failed("start it with: holon run   (or name another with --admin HOST:PORT)", "node %s does not answer: %v", t.name, err)
	}
	defer func() { _ = resp.Body.Close() }() // it was read or it does not matter
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return 0, fmt.Errorf("read the answer of node %s: %w", t.name, err)
	}
	if resp.Header.Get("Content-Type") == "application/problem+json" {
		var p web.Problem
		if err := json.Unmarshal(raw, &p); err != nil {
			return 0, fmt.Errorf("read the answer of node %s: %w", t.name, err)
		}
		return 0, failed(p.Hint, "node %s: %s", t.name, p.Detail)
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return 0, failed("", "node %s answered %s and no JSON: is %s the admin port of a node?", t.name, resp.Status, t.admin)
	}
	return resp.StatusCode, nil
}
