package peers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

func serveHTTP(ln net.Listener) error {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /user.get", func(w http.ResponseWriter, r *http.Request) {
		var q getRequest
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		u := ada
		u.ID = q.ID
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(&u)
	})
	return (&http.Server{Handler: mux, ReadHeaderTimeout: time.Second}).Serve(ln)
}

// dialHTTP keeps a connection for each caller, which net/http by itself does for two.
func dialHTTP(_ testing.TB, addr string) (func(context.Context, string) error, func()) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: mostCallers}}
	return func(ctx context.Context, id string) error {
		body, err := json.Marshal(getRequest{ID: id})
		if err != nil {
			return err
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+addr+"/user.get", bytes.NewReader(body))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/json")
		resp, err := client.Do(r)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d", resp.StatusCode)
		}
		var u user
		if err := json.NewDecoder(resp.Body).Decode(&u); err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, resp.Body) // to the end, or the connection is not kept
		return check(u.ID, u.Name, u.Email, u.CreatedAt, u.UpdatedAt, u.OrderTotals)
	}, client.CloseIdleConnections
}
