package api

import (
	"context"
	"net/http"
	"time"

	"holon/modules/order"
	"holon/transport/status"
	"holon/transport/web"
)

// NewSurface returns the module's routes over its client.
func NewSurface(s order.Service) web.Surface {
	r := &routes{s}
	return web.Surface{Module: "order", Routes: func(a *web.API) {
		web.Add(a, web.Route{Method: http.MethodPost, Path: "/orders", ID: "place-order", Summary: "Place an order",
			About: "The owner is whoever the token speaks for. Prices are in minor units.",
			Keyed: true, Status: http.StatusCreated,
			Codes: []status.Code{status.NotFound, status.StorageFull}}, r.place)
		web.Add(a, web.Route{Method: http.MethodGet, Path: "/orders", ID: "list-orders", Summary: "List orders",
			About: "One's own, or for admins everybody's; newest first.",
			Codes: []status.Code{status.PermissionDenied}}, r.list)
		web.Add(a, web.Route{Method: http.MethodGet, Path: "/orders/{id}", ID: "get-order", Summary: "Read an order",
			Codes: []status.Code{status.NotFound}}, r.get)
		web.Add(a, web.Route{Method: http.MethodPost, Path: "/orders/{id}/confirm", ID: "confirm-order",
			Summary: "Confirm an order", About: "For admins; the order must be created.", Keyed: true,
			Codes: []status.Code{status.PermissionDenied, status.NotFound, status.Conflict, status.StorageFull}}, r.confirm)
		web.Add(a, web.Route{Method: http.MethodPost, Path: "/orders/{id}/cancel", ID: "cancel-order",
			Summary: "Cancel an order", Keyed: true,
			About: "For its owner and admins; the order must be created. Those of a deleted account are cancelled by themselves.",
			Codes: []status.Code{status.NotFound, status.Conflict, status.StorageFull}}, r.cancel)
	}}
}

type routes struct{ s order.Service }

type item struct {
	SKU       string `json:"sku" minLength:"1" maxLength:"64" example:"book-1"`
	Quantity  int64  `json:"quantity" minimum:"1" example:"1"`
	UnitPrice int64  `json:"unit_price" minimum:"0" doc:"In minor units." example:"4997"`
}

// document is an order as the public sees it.
type document struct {
	ID        string    `json:"id"`
	UserID    string    `json:"user_id"`
	Status    string    `json:"status" enum:"created,confirmed,cancelled"`
	Currency  string    `json:"currency"`
	Items     []item    `json:"items"`
	Total     int64     `json:"total" doc:"In minor units."`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

func documentOf(o order.Order) document {
	items := make([]item, len(o.Items))
	for i, line := range o.Items {
		items[i] = item(line)
	}
	return document{ID: o.ID, UserID: o.UserID, Status: string(o.Status), Currency: o.Currency, Items: items,
		Total: o.Total, CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt}
}

type placeIn struct {
	Body struct {
		Currency string `json:"currency" pattern:"^[A-Z]{3}$" patternDescription:"an ISO 4217 code" example:"EUR"`
		Items    []item `json:"items" minItems:"1" maxItems:"100"`
	}
}

// changeOut answers what changes an order.
type changeOut struct {
	Location string `header:"Location"`
	Replayed string `header:"Idempotent-Replayed"`
	Body     document
}

func changed(res order.Result, err error) (*changeOut, error) {
	out := &changeOut{Body: documentOf(res.Order)}
	if res.Replayed {
		out.Replayed = "true"
	}
	return out, err
}

func (r *routes) place(ctx context.Context, in *placeIn) (*changeOut, error) {
	items := make([]order.Item, len(in.Body.Items))
	for i, line := range in.Body.Items {
		items[i] = order.Item(line)
	}
	out, err := changed(r.s.Place(ctx, order.PlaceRequest{Currency: in.Body.Currency, Items: items, Once: web.OnceOf(ctx)}))
	out.Location = "/orders/" + out.Body.ID
	return out, err
}

type idIn struct {
	ID string `path:"id" maxLength:"64"`
}

func (r *routes) get(ctx context.Context, in *idIn) (*getOut, error) {
	o, err := r.s.Get(ctx, order.GetRequest{ID: in.ID})
	return &getOut{documentOf(o)}, err
}

type getOut struct{ Body document }

func (r *routes) confirm(ctx context.Context, in *idIn) (*changeOut, error) {
	return changed(r.s.Confirm(ctx, order.ChangeRequest{ID: in.ID, Once: web.OnceOf(ctx)}))
}

func (r *routes) cancel(ctx context.Context, in *idIn) (*changeOut, error) {
	return changed(r.s.Cancel(ctx, order.ChangeRequest{ID: in.ID, Once: web.OnceOf(ctx)}))
}

type listIn struct {
	UserID string `query:"user_id" maxLength:"64" doc:"For admins: whose orders."`
	Status string `query:"status" enum:"created,confirmed,cancelled"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Cursor string `query:"cursor" maxLength:"512" doc:"next_cursor of the page before."`
}

type listOut struct {
	Body struct {
		Items      []document `json:"items"`
		NextCursor string     `json:"next_cursor" doc:"Empty on the last page."`
	}
}

func (r *routes) list(ctx context.Context, in *listIn) (*listOut, error) {
	page, err := r.s.List(ctx, order.ListRequest{
		UserID: in.UserID, Status: order.Status(in.Status), Limit: in.Limit, Cursor: in.Cursor})
	if err != nil {
		return nil, err
	}
	out := &listOut{}
	out.Body.NextCursor = page.NextCursor
	out.Body.Items = make([]document, len(page.Items))
	for i, o := range page.Items {
		out.Body.Items[i] = documentOf(o)
	}
	return out, nil
}
