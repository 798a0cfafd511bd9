package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"
	"go.uber.org/fx"

	"holon/configs"
)

func newRun(e environment) *cobra.Command {
	var newStores []string
	c := &cobra.Command{
		Use:   "run",
		Short: "run a node: every module, or those of --modules",
		Long: "run runs a node until a signal. Flags set what they name; a module's own settings (holon config reference) come from the\n" +
			"file and from the environment, as HOLON_USER_TOKEN_TTL for user.token_ttl.",
		Example: "  holon run                          everything, here\n" +
			"  holon run -m gateway,registry      only these modules",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := loadSettings(c, e)
			if err != nil {
				return err
			}
			if s.newStores, err = placedStores(c, s, newStores); err != nil {
				return err
			}
			return runNode(c.Context(), s, e)
		},
	}
	configs.AddFlags(c.Flags())
	// No setting: it is for the one start after which the data dir remembers the new store.
	c.Flags().StringSliceVar(&newStores, "new-store", nil,
		"modules that start without the data that was here, with what is there now or nothing (only as a flag)")
	return c
}

// placedStores checks the modules of --new-store.
func placedStores(c *cobra.Command, s *settings, names []string) ([]string, error) {
	for _, name := range names {
		if !slices.Contains(s.placed, name) {
			return nil, usage(c, fmt.Sprintf("--new-store %s: this node runs %s", name, strings.Join(s.placed, ", ")))
		}
	}
	return names, nil
}

// runNode runs a node until a signal, until ctx ends, or until it fails.
func runNode(ctx context.Context, s *settings, e environment) (err error) {
	log, level, err := newLogger(e.err, s.Config.Log, e.env)
	if err != nil {
		return err
	}
	defer level.settle()
	hashes := 0
	if slices.Contains(s.placed, "user") {
		hashes = hashesOf(s)
	}
	easeMemory(log, memlimit.FromCgroup, hashes)
	inherited, err := inheritSockets()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, inherited.close()) }()
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	hangUps := make(chan os.Signal, 1)
	signal.Notify(hangUps, syscall.SIGHUP)
	defer signal.Stop(hangUps)
	l := life{settings: s, outside: e, log: log, level: level, sockets: inherited, signals: signals, hangUps: hangUps}
	return l.live(ctx)
}

// life is what a node starts from, and starts from again where it waits for room on the disk.
type life struct {
	settings *settings
	outside  environment
	log      *slog.Logger
	level    *logLevel
	// sockets stay open until a node is ready: each start is given copies, and one that fails closes those.
	sockets sockets
	signals <-chan os.Signal
	// hangUps have routes taken over anew.
	hangUps <-chan os.Signal
}

// once starts a node and runs it. It reports whether that was all: the node was ready, or a signal ended its start.
func (l *life) once(ctx context.Context) (done bool, err error) {
	s, log := l.settings, l.log
	f, err := claimFolder(s.Config.Data.Dir, s.Config.Name, s.placed, len(s.placed) == len(all()))
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.release()) }()
	given, err := l.sockets.copy()
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, given.close()) }()
	n, app, err := l.wire(ctx, f, given)
	if err != nil {
		return false, err
	}
	if stopped, err := startApp(ctx, app, n, l.signals); stopped || err != nil {
		return stopped, adviseRestore(err, s.Config.Data.Dir, n.storesHere())
	}
	if err := l.sockets.close(); err != nil {
		log.Warn("inherited sockets not closed", "err", err) // the node has its own copies
	}
	n.tellReady(l.outside)
	tellManager(log, daemon.SdNotifyReady)
	forgetStart()
	fault := l.untilOver(ctx, n, app.StopTimeout())
	tellManager(log, daemon.SdNotifyStopping)
	if err := stopApp(context.WithoutCancel(ctx), app, l.signals); err != nil {
		return true, errors.Join(fault, err)
	}
	log.Info("stopped")
	return true, fault
}

// untilOver returns when the node is to stop, with what made it.
func (l *life) untilOver(ctx context.Context, n *node, within time.Duration) (fault error) {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-l.hangUps:
			n.hangUp()
		case sig := <-l.signals:
			l.log.Info("stopping; a second signal stops at once", "signal", sig.String(), "within", within.String())
			return nil
		case <-n.asked:
			l.log.Info("stopping, as an operator asked; a signal stops at once", "within", within.String())
			return nil
		case fault = <-n.fault:
			return fault
		}
	}
}

// wire makes the graph of a node in its folder.
func (l *life) wire(ctx context.Context, f *folder, given sockets) (n *node, app *fx.App, err error) {
	identity, err := identity(l.settings, f)
	if err != nil {
		return nil, nil, err
	}
	operator, err := operatorPart()
	if err != nil {
		return nil, nil, err
	}
	traces, err := tracesOf(ctx, identity, l.outside.env, l.log)
	if err != nil {
		return nil, nil, err
	}
	app, err = assemble(l.settings, identity, l.log, fx.Supply(f, l.level, given, traces), traces.option(), networked(),
		fx.Provide(newNode), operator, fx.Populate(&n))
	return n, app, err
}

// startApp starts the node, or gives up the start when a signal says so; then it reports stopped.
func startApp(ctx context.Context, app *fx.App, n *node, signals <-chan os.Signal) (stopped bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, app.StartTimeout())
	defer cancel()
	started := make(chan error, 1)
	go func() {
		err := app.Start(ctx)
		if ctx.Err() != nil && n.startBegan.Load() {
			<-n.startEnded // fx has walked away from it; one that begins only now finds that it need not
		}
		started <- err
	}()
	select {
	case err := <-started:
		return false, err
	case fault := <-n.fault:
		cancel()
		if err := unlessTwice(started, signals); err != nil && !errors.Is(err, context.Canceled) {
			fault = errors.Join(fault, err)
		}
		return false, fault
	case sig := <-signals:
		n.in.Log.Info("giving up the start; a second signal stops at once", "signal", sig.String())
	}
	cancel()
	if err := unlessTwice(started, signals); err != nil && !errors.Is(err, context.Canceled) {
		return true, err
	}
	// A start that won the race is undone; one that was given up has undone itself.
	return true, stopApp(context.WithoutCancel(ctx), app, signals)
}

// stopApp stops the node in order, or not at all when another signal says so.
func stopApp(ctx context.Context, app *fx.App, signals <-chan os.Signal) error {
	ctx, cancel := context.WithTimeout(ctx, app.StopTimeout())
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- app.Stop(ctx) }()
	if err := unlessTwice(stopped, signals); err != nil {
		return fmt.Errorf("unclean stop: %w", err)
	}
	return nil
}

// onceWithin is the time in which signals are taken for one: a Ctrl-C reaches a process from the terminal and again
// from whatever passes it on.
const onceWithin = 500 * time.Millisecond

// unlessTwice waits for what is being done, or for a second signal.
func unlessTwice(done <-chan error, signals <-chan os.Signal) error {
	first := time.After(onceWithin)
	for counting := false; ; {
		select {
		case err := <-done:
			return err
		case <-first:
			counting = true
		case <-signals:
			if counting {
				return failed("", "stopped at once by a second signal; nothing that was answered is lost")
			}
		}
	}
}
