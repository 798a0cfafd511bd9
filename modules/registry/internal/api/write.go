package api

import (
	"context"
	"net/http"

	"holon/modules/registry"
	"holon/transport/status"
	"holon/transport/web"
)

// leaseScope lets API keys in whose names the module itself looks at.
const leaseScope = "registry"

func (r *routes) write(a *web.API) {
	const at = "/registry/services/{name}/instances/{id}"
	web.Add(a, web.Route{Method: http.MethodPut, Path: at, ID: "lease-instance", Scope: leaseScope,
		Summary: "Register an instance of a service outside, or renew its lease",
		About:   "Whoever only repeats this, at least once in the time of the lease, is right: nothing else is needed.",
		Codes:   []status.Code{status.PermissionDenied, status.Conflict}}, r.put)
	web.Add(a, web.Route{Method: http.MethodPost, Path: at + "/heartbeat", ID: "renew-lease", Scope: leaseScope,
		Summary: "Renew a lease", About: "404 means: register again.",
		Codes: []status.Code{status.PermissionDenied, status.NotFound}}, r.beat)
	web.Add(a, web.Route{Method: http.MethodDelete, Path: at, ID: "end-lease", Scope: leaseScope, Status: http.StatusNoContent,
		Summary: "Say goodbye to an instance", About: "It is no error where there was none.",
		Codes: []status.Code{status.PermissionDenied}}, r.drop)
}

// InstanceIn names an instance; it is exported because huma passes over what is not.
type InstanceIn struct {
	Name string `path:"name" maxLength:"64" doc:"The service: lower-case letters, digits, dots, dashes and underscores."`
	ID   string `path:"id" maxLength:"128" doc:"The instance, unique in the service."`
}

type putIn struct {
	InstanceIn
	Body struct {
		Address      string            `json:"address" maxLength:"260" doc:"host:port, where it takes requests." example:"10.0.0.7:9000"`
		Version      string            `json:"version,omitempty" maxLength:"128" doc:"As semver has it." example:"1.2.0"`
		Dependencies []string          `json:"dependencies,omitempty" maxItems:"32" doc:"Services that it calls."`
		Metadata     map[string]string `json:"metadata,omitempty" doc:"16 names and values at the most."`
		Tags         []string          `json:"tags,omitempty" maxItems:"16"`
		TTL          int               `json:"ttl_seconds,omitempty" minimum:"0" maximum:"3600" doc:"How long the lease is good without being renewed; 0 is 30."`
		Check        checkIn           `json:"check,omitempty" doc:"How registry nodes find out whether it does its work."`
	}
}

type checkIn struct {
	HTTP  string `json:"http,omitempty" maxLength:"256" doc:"A path that answers 2xx when all is well." example:"/health"`
	TCP   bool   `json:"tcp,omitempty" doc:"Whether a connection is enough."`
	Every int    `json:"every_seconds,omitempty" minimum:"0" maximum:"300" doc:"The time between two checks; 0 is 10."`
	Rise  int    `json:"rise,omitempty" minimum:"0" maximum:"10" doc:"After how many good ones in a row it is passing; 0 is 2."`
	Fall  int    `json:"fall,omitempty" minimum:"0" maximum:"10" doc:"After how many bad ones in a row it is failing; 0 is 3."`
}

type leaseOut struct{ Body registry.Lease }

func (r *routes) put(ctx context.Context, in *putIn) (*leaseOut, error) {
	b := in.Body
	l, err := r.s.Put(ctx, registry.PutRequest{Service: in.Name, ID: in.ID, Registration: registry.Registration{
		Address: b.Address, Version: b.Version, Dependencies: b.Dependencies, Metadata: b.Metadata, Tags: b.Tags, TTL: b.TTL,
		Check: registry.Check(b.Check),
	}})
	return &leaseOut{l}, err
}

type beatIn struct {
	InstanceIn
	Revision string `query:"revision" maxLength:"32" doc:"What the registration was answered; one of another revision is 404."`
}

func (r *routes) beat(ctx context.Context, in *beatIn) (*leaseOut, error) {
	l, err := r.s.Beat(ctx, registry.BeatRequest{Service: in.Name, ID: in.ID, Revision: in.Revision})
	return &leaseOut{l}, err
}

func (r *routes) drop(ctx context.Context, in *InstanceIn) (*struct{}, error) {
	_, err := r.s.Drop(ctx, registry.DropRequest{Service: in.Name, ID: in.ID})
	return nil, err
}
