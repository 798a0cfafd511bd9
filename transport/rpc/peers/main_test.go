package peers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"
)

// serverVariable makes the test binary be the server of one kind. It prints its address and ends with its standard input.
const serverVariable = "HOLON_PEERS_SERVER"

func TestMain(m *testing.M) {
	kind := os.Getenv(serverVariable)
	if kind == "" {
		os.Exit(m.Run())
	}
	if err := serve(kind); err != nil && !errors.Is(err, net.ErrClosed) {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// peer is one way to make the call.
type peer struct {
	name string
	// serve answers on a listener until it is closed.
	serve func(net.Listener) error
	// dial returns what makes the call, and what ends it.
	dial func(testing.TB, string) (call func(context.Context, string) error, hangUp func())
}

var all = []peer{
	{name: "holon", serve: serveHolon, dial: dialHolon},
	{name: "grpc", serve: serveGRPC, dial: dialGRPC},
	{name: "http-json", serve: serveHTTP, dial: dialHTTP},
}

func serve(kind string) error {
	for _, p := range all {
		if p.name != kind {
			continue
		}
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		fmt.Println(ln.Addr())
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			_ = ln.Close()
		}()
		return p.serve(ln)
	}
	return fmt.Errorf("there is no peer %q", kind)
}
