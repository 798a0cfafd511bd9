package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"

	"holon/transport/contract"
	"holon/transport/status"
	"holon/transport/web"
)

// recorded is an edge with a recorder, and routes that end in every way.
func recorded(t testing.TB, slow time.Duration) (*edge, *web.Recorder) {
	recorder := web.NewRecorder(slow)
	get := func(path string) web.Route { return public("GET", path) }
	return newEdge(t, func(a *web.API) {
		web.Add(a, get("/books/{id}"), func(ctx context.Context, in *struct {
			ID   string `path:"id"`
			Took int    `query:"took"`
		}) (*struct{}, error) {
			<-time.After(time.Duration(in.Took) * time.Millisecond)
			switch in.ID {
			case "away":
				return nil, status.New(status.Unavailable, "module_unavailable", "away")
			case "broken":
				return nil, errors.New("row 17")
			case "often":
				return nil, status.New(status.Exhausted, "", "too often")
			case "gone":
				return nil, context.Canceled
			case "panics":
				panic("row 17")
			case "none":
				return nil, status.New(status.NotFound, "", "none")
			case "hangs up":
				panic(http.ErrAbortHandler)
			}
			return nil, nil
		})
		web.Add(a, get("/half"), func(context.Context, *struct{}) (*huma.StreamResponse, error) {
			return &huma.StreamResponse{Body: func(c huma.Context) {
				_, _ = c.BodyWriter().Write([]byte("half"))
				panic("row 17")
			}}, nil
		})
		signedIn := get("/mine")
		signedIn.Access = web.SignedIn
		web.Add(a, signedIn, fails(status.New(status.StorageFull, "", "full")))
	}, func(p *web.Params) {
		p.Recorder = recorder
		p.Auth = authFunc(func(_ context.Context, token string) (contract.Principal, error) {
			if token == "away" {
				return contract.Principal{}, status.New(status.Unavailable, "module_unavailable", "away")
			}
			return contract.Principal{Subject: "u1"}, nil
		})
	}), recorder
}

func TestFailedRequestsAreKept(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		path, route string
		status      int
		code        string
		token       string
	}{
		{"/books/away", "/books/{id}", 503, "module_unavailable", ""},
		{"/books/broken", "/books/{id}", 500, "internal", ""},
		{"/books/often", "/books/{id}", 429, "exhausted", ""},
		{"/books/gone", "/books/{id}", 499, "canceled", ""},
		{"/books/panics", "/books/{id}", 500, "internal", ""},
		{"/books/hangs up", "/books/{id}", 0, "aborted", ""},
		{"/half", "/half", 200, "panicked", ""},
		{"/mine", "/mine", 503, "module_unavailable", "away"},
		{"/mine", "/mine", 507, "storage_full", "good"},
		{"/books/none", "", 404, "", ""},
		{"/books/1", "", 204, "", ""},
		{"/nothing", "", 404, "", ""},
	} {
		t.Run(row.path+row.token, func(t *testing.T) {
			t.Parallel()
			e, recorder := recorded(t, 0)
			func() {
				defer func() { _ = recover() }() // net/http would close the connection
				e.do(t, "GET", strings.ReplaceAll(row.path, " ", "%20"), nil, "Authorization", "Bearer "+row.token,
					"Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
			}()
			kept := recorder.List(web.Filter{})
			if row.route == "" {
				require.Empty(t, kept)
				return
			}
			require.Len(t, kept, 1)
			q := kept[0]
			require.Equal(t, []any{web.Failed, "GET", row.path, row.route, row.status, row.code},
				[]any{q.Kind, q.Method, q.Path, q.Route, q.Status, q.Code})
			require.Equal(t, "4bf92f3577b34da6a3ce929d0e0e4736", q.TraceID)
			require.Len(t, q.RequestID, 36)
			require.WithinDuration(t, time.Now(), q.Time, time.Minute)
			if row.token == "good" {
				require.Equal(t, "u1", q.Subject)
			}
		})
	}
}

func TestSlowRequestsAreKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, recorder := recorded(t, time.Second)
		for _, target := range []string{"/books/1?took=1000", "/books/2?took=1001", "/books/none?took=2000", "/books/away?took=3000"} {
			e.do(t, "GET", target, nil)
		}
		kept := recorder.List(web.Filter{})
		require.Len(t, kept, 3, "newest first")
		require.Equal(t, []any{web.Failed, "/books/away", 3 * time.Second}, []any{kept[0].Kind, kept[0].Path, kept[0].Took})
		require.Equal(t, []any{web.Slow, "/books/none", 404, "not_found"}, []any{kept[1].Kind, kept[1].Path, kept[1].Status, kept[1].Code})
		require.Equal(t, []any{web.Slow, "/books/2", 204, ""}, []any{kept[2].Kind, kept[2].Path, kept[2].Status, kept[2].Code})
		require.Len(t, recorder.List(web.Filter{Kind: web.Slow}), 2)
		require.Len(t, recorder.List(web.Filter{Kind: web.Slow, Limit: 1}), 1)
		require.Len(t, recorder.List(web.Filter{TraceID: kept[2].TraceID}), 1)
		require.Empty(t, recorder.List(web.Filter{Route: "/elsewhere"}))
		<-time.After(14 * time.Minute)
		require.Len(t, recorder.List(web.Filter{}), 3)
		<-time.After(time.Minute + 1)
		require.Empty(t, recorder.List(web.Filter{}), "a quarter of an hour is all")
	})
}

// TestNeitherKindPushesOutTheOther, and of each the last ones stay.
func TestNeitherKindPushesOutTheOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e, recorder := recorded(t, time.Second)
		e.do(t, "GET", "/books/away", nil)
		for i := range 250 {
			e.do(t, "GET", fmt.Sprintf("/books/%d?took=2000", i), nil)
		}
		slow := recorder.List(web.Filter{Kind: web.Slow})
		require.Len(t, slow, 200)
		require.Equal(t, []string{"/books/249", "/books/50"}, []string{slow[0].Path, slow[199].Path})
		require.Len(t, recorder.List(web.Filter{Kind: web.Failed}), 1)
	})
}

// TestClientsPushOutNoFaultOfOurs, however many requests they make that fail by theirs.
func TestClientsPushOutNoFaultOfOurs(t *testing.T) {
	t.Parallel()
	e, recorder := recorded(t, 0)
	for _, path := range []string{"/books/away", "/books/panics"} {
		e.do(t, "GET", path, nil)
	}
	for range 100 {
		e.do(t, "GET", "/books/often", nil)
		e.do(t, "GET", "/books/gone", nil)
		require.Panics(t, func() { e.do(t, "GET", "/books/hangs%20up", nil) })
	}
	kept := recorder.List(web.Filter{Kind: web.Failed})
	require.Len(t, kept, 202, "both in one list")
	require.Equal(t, []string{"/books/panics", "/books/away"}, []string{kept[200].Path, kept[201].Path})
}

// TestSlowSendersAreNotSlowRequests: what is late is the client's body.
func TestSlowSendersAreNotSlowRequests(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		path string
		work time.Duration
		want int
	}{
		"quick work":           {"/books", 0, 0},
		"slow work":            {"/books", 1001 * time.Millisecond, 1},
		"nobody wants to know": {"/nothing", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				recorder := web.NewRecorder(time.Second)
				e := newEdge(t, func(a *web.API) {
					web.Add(a, public("POST", "/books"), func(context.Context, *titleIn) (*struct{}, error) {
						<-time.After(row.work)
						return nil, nil
					})
				}, func(p *web.Params) { p.Recorder = recorder })
				s, p := serve(t, e, e.limits)
				defer stop(t, s)
				c := p.dial(t)
				c.send("POST " + row.path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{\"title\"")
				<-time.After(10 * time.Second)
				c.send(`:"x"}`)
				c.receive()
				kept := recorder.List(web.Filter{})
				require.Len(t, kept, row.want)
				for _, q := range kept {
					require.Equal(t, []any{web.Slow, 10*time.Second + row.work, 10 * time.Second}, []any{q.Kind, q.Took, q.Waited})
				}
			})
		})
	}
}

// TestRecordIsText, whatever the client made of it.
func TestRecordIsText(t *testing.T) {
	t.Parallel()
	e, recorder := recorded(t, time.Nanosecond)
	e.do(t, "GET", "/a%ff%fe", nil)
	require.Equal(t, "/a\uFFFD", recorder.List(web.Filter{})[0].Path)
}

// TestRecordIsBounded: a path is cut where it is text, and has no query.
func TestRecordIsBounded(t *testing.T) {
	t.Parallel()
	e, recorder := recorded(t, time.Nanosecond)
	e.do(t, strings.Repeat("M", 100), "/"+strings.Repeat("é", 200)+"?email=ada@example.com", nil)
	kept := recorder.List(web.Filter{})
	require.Len(t, kept, 1)
	require.Equal(t, "/"+strings.Repeat("é", 127), kept[0].Path)
	require.Len(t, kept[0].Method, 32)
	require.Equal(t, "none", kept[0].Route)
	raw, err := json.Marshal(kept[0])
	require.NoError(t, err)
	require.NotContains(t, string(raw), "ada")
}

// TestCallsAreKeptWithTheirRequest: where its time went, also in what a goroutine still does after the answer.
func TestCallsAreKeptWithTheirRequest(t *testing.T) {
	t.Parallel()
	get, recorder := stacks(t), web.NewRecorder(0)
	var left sync.WaitGroup
	e := newEdge(t, func(a *web.API) {
		web.Add(a, public("GET", "/books"), func(ctx context.Context, _ *struct{}) (*struct{}, error) {
			for range 40 {
				_, _ = get(ctx, shelfRequest{ID: "1"})
			}
			left.Go(func() {
				for range 40 {
					_, _ = get(ctx, shelfRequest{ID: "1"})
				}
			})
			_, err := get(ctx, shelfRequest{ID: "away"})
			return nil, err
		})
	}, func(p *web.Params) { p.Recorder = recorder })
	e.refused(t, 503, "GET", "/books", nil)
	kept := recorder.List(web.Filter{})
	left.Wait()
	require.Len(t, kept, 1)
	require.Len(t, kept[0].Calls, 32)
	require.GreaterOrEqual(t, kept[0].MoreCalls, 9)
	call := kept[0].Calls[0]
	require.Equal(t, []string{"shelf.get", "local", "ok"}, []string{call.Method, call.Place, call.Code})
	require.Positive(t, call.Start)
	require.LessOrEqual(t, call.Start+call.Took, kept[0].Took)
}
