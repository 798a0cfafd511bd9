package main

import (
	"net/http"

	"holon/transport/status"
	"holon/transport/web"
)

// requestList is what GET /requests answers and `holon requests -o json` prints.
type requestList struct {
	Items []web.Request `json:"items"`
}

// listRequests tells of the failed and the slow requests of the last minutes, newest first.
func (n *node) listRequests(r *http.Request) (any, error) {
	if n.in.Recorder == nil {
		return nil, status.New(status.NotFound, "", "this node runs no gateway, so it sees no requests")
	}
	var f web.Filter
	var limit string
	err := readQuery(r.URL.Query(), map[string]*string{"kind": &f.Kind, "route": &f.Route, "trace_id": &f.TraceID, "limit": &limit})
	if err == nil && f.Kind != "" && f.Kind != web.Failed && f.Kind != web.Slow {
		err = status.New(status.Invalid, "", "kind is %s or %s, not %.64q", web.Failed, web.Slow, f.Kind)
	}
	if err == nil {
		f.Limit, err = readNumber("limit", limit, defaultRows, 1, maxRows)
	}
	if err != nil {
		return nil, err
	}
	return requestList{append([]web.Request{}, n.in.Recorder.List(f)...)}, nil
}
