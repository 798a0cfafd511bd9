// Package market is an application as there are many: net/http and the standard library, and no word of holon.
package market

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sort"
	"strconv"
	"sync"
)

// Item is what the market sells.
type Item struct {
	Name  string `json:"name"`
	Stock int    `json:"stock"`
}

type market struct {
	mu    sync.Mutex
	items map[string]Item
	ill   bool
}

// New returns the market's handler.
func New() http.Handler {
	s := &market{items: map[string]Item{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /market/items", s.list)
	mux.HandleFunc("GET /market/items/{name}", s.show)
	mux.HandleFunc("PUT /market/items/{name}", s.put)
	mux.HandleFunc("POST /market/orders", s.order)
	mux.HandleFunc("GET /market/whoami", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s asks %s for %s", r.Header.Get("X-Holon-Subject"), r.Host, r.URL)
	})
	mux.HandleFunc("GET /market/countdown", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := 3; i > 0; i-- {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
		}
	})
	mux.HandleFunc("GET /market/old", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "1"})
		http.Redirect(w, r, "/market/items", http.StatusMovedPermanently)
	})
	mux.HandleFunc("GET /market/panic", func(http.ResponseWriter, *http.Request) { panic("out of stock") })
	mux.HandleFunc("POST /market/ill", func(_ http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ill = r.FormValue("is") == "true"
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.ill {
			http.Error(w, "ill", http.StatusServiceUnavailable)
		}
	})
	return mux
}

func (s *market) list(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Item{}
	for _, i := range s.items {
		out = append(out, i)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out)
}

func (s *market) show(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.items[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	_ = json.NewEncoder(w).Encode(i)
}

func (s *market) put(w http.ResponseWriter, r *http.Request) {
	var i Item
	if err := json.NewDecoder(r.Body).Decode(&i); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	i.Name = r.PathValue("name")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items[i.Name] = i
	w.WriteHeader(http.StatusCreated)
}

func (s *market) order(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.FormValue("count"))
	if err != nil {
		http.Error(w, "count is no number", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.items[r.FormValue("name")]
	if i.Stock < n {
		http.Error(w, "not so many there", http.StatusConflict)
		return
	}
	i.Stock -= n
	s.items[i.Name] = i
	fmt.Fprintf(w, "%d left", i.Stock)
}
