package web_test

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// asset is what a page loads.
var asset = regexp.MustCompile(`(?:src|href)="([^"]+)"`)

func TestDocsPageComesWholeFromTheBinary(t *testing.T) {
	t.Parallel()
	e := library(t)
	w := e.do(t, "GET", "/docs/", nil)
	require.Equal(t, 200, w.Code)
	page := w.Body.String()
	require.Contains(t, page, "/openapi.json")
	require.NotRegexp(t, `https?://[a-z0-9]`, page, "no other host is named")
	require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'self'", "nor would one be asked")
	assets := asset.FindAllStringSubmatch(page, -1)
	require.NotEmpty(t, assets)
	for _, a := range assets {
		require.Regexp(t, `^/docs/`, a[1])
		require.Equal(t, 200, e.do(t, "GET", a[1], nil).Code, a[1])
	}
}

func TestDocsWithoutSlash(t *testing.T) {
	t.Parallel()
	w := library(t).do(t, "GET", "/docs", nil)
	require.Equal(t, 308, w.Code)
	require.Equal(t, "/docs/", w.Header().Get("Location"))
}
