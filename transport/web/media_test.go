package web_test

import (
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func TestMediaType(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		contentType string
		want        int
	}{
		{"", 204},
		{"application/json", 204},
		{"application/json; charset=utf-8", 204},
		{"Application/JSON ; charset=UTF-8", 204},
		{"application/vnd.books+json", 204},
		{"text/plain", 415},
		{"application/x-www-form-urlencoded", 415},
		{"application/xml", 415},
		{"application/cbor", 415},
		{";+", 415},
	} {
		t.Run(row.contentType, func(t *testing.T) {
			t.Parallel()
			w := written(t, 1000).do(t, "POST", "/books", text(sized(100)), "Content-Type", row.contentType)
			require.Equal(t, row.want, w.Code)
			if row.want == 415 {
				p := problemOf(t, 415, w)
				require.Equal(t, "unsupported_media_type", p.Code)
				require.Contains(t, p.Hint, "application/json")
			}
		})
	}
}

func TestUnreadableBody(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		body    io.Reader
		detail  string
		message string
	}{
		{"none", nil, "request body is required", ""},
		{"empty", text(""), "request body is required", ""},
		{"not JSON", text("title=x"), "the request body could not be read", "not JSON at byte 2"},
		{"half of it", text(`{"title"`), "the request body could not be read", "unexpected end of JSON input"},
		{"more than one", text(`{"title":"x"}{}`), "the request body could not be read", "after top-level value"},
		{"number beyond numbers", text(`{"title":1e400}`), "the request body could not be read", "a number is out of range"},
		{"the connection broke", iotest.ErrReader(errors.New("reset")), "the request body could not be read", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e := written(t, 1000)
			for _, path := range []string{"/books", "/orders"} {
				p := e.refused(t, 400, "POST", path, row.body)
				require.Equal(t, "malformed", p.Code)
				require.Equal(t, row.detail, p.Detail)
				if row.message != "" {
					require.Len(t, p.Errors, 1)
					require.Contains(t, p.Errors[0].Message, row.message)
				}
				if s, ok := row.body.(io.Seeker); ok {
					_, err := s.Seek(0, io.SeekStart)
					require.NoError(t, err)
				}
			}
			require.Empty(t, e.log.String())
		})
	}
}
