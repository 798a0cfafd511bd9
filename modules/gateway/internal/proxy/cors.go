package proxy

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"holon/modules/gateway/internal/routes"
)

// cors tells browsers of other origins what they may. It reports whether the request was only their question.
func cors(w http.ResponseWriter, r *http.Request, c *routes.Compiled) (answered bool) {
	if len(c.CORS.Origins) == 0 {
		return false
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	asks := r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
	everybody := slices.Contains(c.CORS.Origins, "*")
	if origin != "" && (everybody || slices.Contains(c.CORS.Origins, origin)) {
		allow(h, c, origin, everybody)
		if asks {
			permit(h, c)
		}
	}
	if asks {
		w.WriteHeader(http.StatusNoContent) // without the headers it is a no
	}
	return asks
}

func allow(h http.Header, c *routes.Compiled, origin string, everybody bool) {
	if everybody {
		origin = "*"
	}
	h.Set("Access-Control-Allow-Origin", origin)
	if c.CORS.Credentials {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	if len(c.CORS.Expose) > 0 {
		h.Set("Access-Control-Expose-Headers", strings.Join(c.CORS.Expose, ", "))
	}
}

func permit(h http.Header, c *routes.Compiled) {
	methods := c.CORS.Methods
	if len(methods) == 0 {
		methods = c.Methods
	}
	if len(methods) == 0 {
		methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}
	}
	h.Set("Access-Control-Allow-Methods", strings.Join(methods, ", "))
	if len(c.CORS.Headers) > 0 {
		h.Set("Access-Control-Allow-Headers", strings.Join(c.CORS.Headers, ", "))
	}
	h.Set("Access-Control-Max-Age", strconv.Itoa(int(c.CORS.MaxAge/time.Second)))
}
