package peers

import (
	"errors"
	"time"
)

// getRequest and user are the call as holon and JSON carry it; userpb has them as gRPC does.
type getRequest struct {
	ID string `json:"id"`
}

type user struct {
	ID          string           `json:"id"`
	Name        string           `json:"name"`
	Email       string           `json:"email"`
	CreatedAt   time.Time        `json:"created_at"`
	UpdatedAt   time.Time        `json:"updated_at"`
	Version     int64            `json:"version"`
	OrderCount  int64            `json:"order_count"`
	OrderTotals map[string]int64 `json:"order_totals"`
}

// ada is the one account there is.
var ada = user{
	ID: "01a206c4-8c3d-7c81-9ad9-f950c66cf283", Name: "Ada Lovelace", Email: "ada.lovelace@example.com",
	CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC), UpdatedAt: time.Date(2026, 6, 7, 8, 9, 10, 111_213_000, time.UTC),
	Version: 3, OrderCount: 12, OrderTotals: map[string]int64{"EUR": 129_900, "USD": 4_997},
}

var errOther = errors.New("the answer is not the account that was asked for")

// check looks at all that was read, as much as costs nothing.
func check(id, name, email string, created, updated time.Time, totals map[string]int64) error {
	if id != ada.ID || name != ada.Name || email != ada.Email || !created.Equal(ada.CreatedAt) || !updated.Equal(ada.UpdatedAt) ||
		totals["EUR"] != ada.OrderTotals["EUR"] || len(totals) != len(ada.OrderTotals) {
		return errOther
	}
	return nil
}
