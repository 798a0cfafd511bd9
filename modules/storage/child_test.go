package storage_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"holon/modules/storage"
)

// playChild is the life of a child process: it opens the store in the dir it is given and then holds it, or writes
// to it until it is killed, printing the id of every row it was told is committed.
func playChild(part string, args []string) int {
	p := params(args[0])
	p.Node = "child-node"
	db, err := storage.New(p)
	if err != nil {
		panic(err)
	}
	s := store{DB: db, Queries: storage.Bind(db, prepareNotes)}
	if err := s.Open(context.Background()); err != nil {
		panic(err)
	}
	fmt.Println("open")
	if part == "write" {
		childWrites(s)
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // until the parent is gone
	return 0
}

func childWrites(s store) {
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for {
				id := uuid.NewString()
				if err := s.insert(context.Background(), id, "body of "+id); err != nil {
					panic(err)
				}
				if _, err := fmt.Println(id); err != nil {
					return // the parent is gone
				}
			}
		})
	}
	wg.Wait()
}

// child is another process that has a store open.
type child struct {
	*exec.Cmd
	lines *bufio.Scanner
}

func startChild(t *testing.T, part, dir string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), childEnv+"="+part)
	cmd.Stderr = os.Stderr
	_, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	c := &child{Cmd: cmd, lines: bufio.NewScanner(out)}
	t.Cleanup(func() {
		if c.ProcessState == nil {
			c.kill(t)
		}
	})
	require.True(t, c.lines.Scan(), "the child opened the store")
	return c
}

// kill ends the child as a crash would, and returns the whole lines it had printed by then and that nobody has read.
func (c *child) kill(t *testing.T) (rest []string) {
	t.Helper()
	require.NoError(t, c.Process.Kill())
	for c.lines.Scan() {
		rest = append(rest, c.lines.Text())
	}
	require.Error(t, c.Wait())
	return rest
}
