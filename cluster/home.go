package cluster

import (
	"cmp"
	"strings"
	"time"
)

// Home says which node has a module's data on its own disk.
type Home struct {
	Module string `json:"module"`
	// StoreID is the id that the store carries.
	StoreID string `json:"store"`
	// Settled is when the store became a home for the first time, in whole microseconds. The older of two homes stays.
	Settled time.Time `json:"settled"`
	// Node, Boot and Addr are the node that has it, or had it last.
	Node string `json:"node"`
	Boot string `json:"boot"`
	Addr string `json:"addr"`
	// Epoch is 0 for a module's first store and grows with each that was put in the place of another on purpose: it is the
	// Unix time of that, in seconds. The higher one is the store that is known.
	Epoch uint32 `json:"epoch"`
	// Mark is the last that was written into the store to tell it from copies of it: the boot of the run, or, once that run has
	// closed it, something only the closed store has.
	Mark string `json:"mark"`
	// Turn counts the runs that had this store, so that the newest word on who has it is known as such.
	Turn uint32 `json:"turn"`
}

// compare orders homes of one module: the first one is what the cluster remembers. It is total, so that keeping the first
// of two is commutative, associative and idempotent, and all nodes come to the same home.
func (h Home) compare(o Home) int {
	return cmp.Or(
		h.older(o),
		cmp.Compare(o.Turn, h.Turn),
		strings.Compare(h.Boot, o.Boot),
		strings.Compare(h.Mark, o.Mark),
		strings.Compare(h.Node, o.Node),
		strings.Compare(h.Addr, o.Addr),
	)
}

// older orders the stores of homes, whoever has them.
func (h Home) older(o Home) int {
	return cmp.Or(
		cmp.Compare(o.Epoch, h.Epoch),
		h.Settled.Compare(o.Settled),
		strings.Compare(h.StoreID, o.StoreID),
	)
}

// sameRun reports whether both are the same run of a node.
func (h Home) sameRun(o Home) bool { return h.Node == o.Node && h.Boot == o.Boot }

// mergeHomes adds from to into and returns the homes that were news.
func mergeHomes(into map[string]Home, from ...Home) []Home {
	var news []Home
	for _, h := range from {
		old, ok := into[h.Module]
		if !ok || h.compare(old) < 0 {
			into[h.Module] = h
			news = append(news, h)
		}
	}
	return news
}
