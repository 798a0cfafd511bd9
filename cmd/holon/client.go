package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/user"
	"syscall"
	"time"

	"holon/transport/web"
)

// callTimeout bounds a verb's question to a node, workTimeout what it has the node do, and backupTimeout a backup: copying
// and verifying some hundred gigabytes takes a while. maxReply bounds what is read of the answer, in bytes.
const (
	callTimeout   = 10 * time.Second
	workTimeout   = 10 * time.Minute
	backupTimeout = 24 * time.Hour
	maxReply      = 16 << 20
)

// target is a node that a verb talks to.
type target struct {
	name, admin, token string
	// pid is that of the process as it wrote it down, 0 where it is not known.
	pid int
}

// adminClient talks to admin ports alone: no proxy stands before a loopback address, and no node sends elsewhere.
var adminClient = &http.Client{
	Transport:     &http.Transport{Proxy: nil, DisableKeepAlives: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// look asks the node and decodes its JSON answer. It carries no token: until a node has said who it is, it may be
// anybody who has the port now.
func (t target) look(ctx context.Context, path string, out any) error {
	_, err := t.call(ctx, callTimeout, http.MethodGet, path, nil, out, "")
	return err
}

// change has the node do something.
func (t target) change(ctx context.Context, path string, in, out any) error {
	return t.changeWithin(ctx, workTimeout, path, in, out)
}

// changeWithin has the node do something that may take its time.
func (t target) changeWithin(ctx context.Context, patience time.Duration, path string, in, out any) error {
	code, err := t.call(ctx, patience, http.MethodPost, path, in, out, t.token)
	if err == nil && code != http.StatusOK {
		return failed("", "node %s answered %d: is %s the admin port of a node?", t.name, code, t.admin)
	}
	return err
}

func (t target) call(
	ctx context.Context, patience time.Duration, method, path string, in, out any, token string,
) (code int, err error) {
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
	r.Header.Set("User-Agent", agent())
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := adminClient.Do(r)
	if err != nil {
		return 0, t.noAnswer(err, patience)
	}
	defer func() { _ = resp.Body.Close() }() // it was read or it does not matter
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return 0, t.noAnswer(err, patience)
	}
	if resp.Header.Get("Content-Type") == "application/problem+json" {
		var p web.Problem
		if err := json.Unmarshal(raw, &p); err != nil {
			return 0, fmt.Errorf("read the answer of node %s: %w", t.name, err)
		}
		return 0, &failure{code: exitOf(p.Code), text: fmt.Sprintf("node %s: %s", t.name, p.Detail), next: p.Hint}
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return 0, failed("", "node %s answered %s and no JSON: is %s the admin port of a node?", t.name, resp.Status, t.admin)
	}
	return resp.StatusCode, nil
}

// noAnswer says why there is none.
func (t target) noAnswer(err error, patience time.Duration) error {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return failed("look at its log, and try again", "node %s has not answered within %s; it may still be at work", t.name, patience)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return failed("look at its log for what became of it", "node %s ended before it had answered", t.name)
	default:
		return failed("start it with: holon run   (or name another with --admin HOST:PORT)", "node %s does not answer: %v", t.name, err)
	}
}

// agent is what a verb says of itself, for the node's log: the binary, and whose hands it is in.
func agent() string {
	by := "holon/" + version
	if u, err := user.Current(); err == nil {
		by += " (" + u.Username + ")"
	}
	return by
}

// exitOf is the exit code for a problem that a node answers with.
func exitOf(code string) int {
	if code == dataCorrupt {
		return exitCorrupt
	}
	return exitFailed
}
