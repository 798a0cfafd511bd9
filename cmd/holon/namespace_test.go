//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// machine is a network of its own: nothing else listens there, so that nodes get their usual ports. It is the thread of the
// goroutine that made it; processes that this goroutine starts are in it.
type machine struct {
	t *testing.T
	// running are the processes by a name.
	running map[string]*process
}

// onMachine runs a test in a network of its own.
func onMachine(t *testing.T, test func(*machine)) {
	t.Helper()
	done := make(chan struct{})
	var skipped error
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
			skipped = err
			return
		}
		if err := loopbackUp(); err != nil {
			t.Errorf("bring the loopback interface up: %v", err)
			return
		}
		m := &machine{t: t, running: make(map[string]*process)}
		defer m.end()
		test(m)
	}()
	<-done
	if errors.Is(skipped, syscall.EPERM) && os.Getenv("CI") != "true" {
		t.Skip("this user may not make the network that the test has to itself")
	}
	require.NoError(t, skipped)
}

// loopbackUp is "ip link set lo up".
func loopbackUp() error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	var request struct { // struct ifreq with ifr_flags
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}
	copy(request.name[:], "lo")
	request.flags = syscall.IFF_UP | syscall.IFF_RUNNING
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request))); errno != 0 {
		return errno
	}
	return nil
}

// run starts a node with its usual ports in a folder.
func (m *machine) run(name, folder string, args ...string) {
	p := &process{t: m.t, dir: filepath.Join(folder, "holon-data"), name: name, output: &lockedBuffer{}, done: make(chan struct{})}
	p.cmd = exec.Command(binary, append([]string{"run", "--config", "none", "--log-format", "text", "--name", name}, args...)...)
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Dir, p.cmd.Env = p.output, p.output, folder, cleanEnv()
	if err := p.cmd.Start(); err != nil {
		m.t.Errorf("start %s: %v", name, err)
		runtime.Goexit()
	}
	go func() {
		defer close(p.done)
		p.exitErr = p.cmd.Wait()
	}()
	m.running[name] = p
}

// stop ends a node, by a signal.
func (m *machine) stop(name string, sig syscall.Signal) {
	p := m.running[name]
	delete(m.running, name)
	_ = p.cmd.Process.Signal(sig) // it may have ended already, which is seen below
	select {
	case <-p.done:
	case <-time.After(30 * time.Second):
		m.fail("%s does not end: %s", name, p.output)
	}
}

func (m *machine) end() {
	for _, p := range m.running {
		p.kill()
	}
}

// fail ends the test from a goroutine that is not its own.
func (m *machine) fail(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	for name, p := range m.running {
		text += fmt.Sprintf("\n%s: %s", name, p.output)
	}
	m.t.Error(text)
	runtime.Goexit()
}

// sees waits until a node's view holds just these nodes, all ready.
func (m *machine) sees(folder, node string, want ...string) {
	var last string
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		c := exec.Command(binary, "members", "-o", "json", "--config", "none", "--node", node)
		c.Dir, c.Env = folder, cleanEnv()
		out, err := c.Output()
		var list memberList
		if last = fmt.Sprintf("%s %v", out, err); err == nil && json.Unmarshal(out, &list) == nil {
			var ready []string
			for _, n := range list.Nodes {
				if n.State == "ready" {
					ready = append(ready, n.Node)
				}
			}
			slices.Sort(ready)
			if slices.Equal(ready, want) && len(list.Nodes) == len(want) {
				return
			}
		}
		<-time.After(20 * time.Millisecond)
	}
	m.fail("%s never saw %s, but %s", node, strings.Join(want, ", "), last)
}
