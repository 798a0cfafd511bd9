// Command holon is the one binary: it runs a node, and it looks at and works on nodes that run.
package main

import (
	"context"
	"os"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], environment{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Environ(),
	}))
}
