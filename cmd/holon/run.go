package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/fx"

	"holon/configs"
)

func newRun(e environment) *cobra.Command {
	c := &cobra.Command{
		Use:   "run",
		Short: "run a node: every module, or those of --modules",
		Example: "  holon run                          everything, here\n" +
			"  holon run -m gateway,registry      only these modules",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := loadSettings(c, e)
			if err != nil {
				return err
			}
			return runNode(c.Context(), s, e)
		},
	}
	configs.AddFlags(c.Flags())
	return c
}

// runNode runs a node until a signal, until ctx ends, or until it fails.
func runNode(ctx context.Context, s *settings, e environment) (err error) {
	log, err := newLogger(e.err, s.Config.Log, e.env)
	if err != nil {
		return err
	}
	f, err := claimFolder(s.Config.Data.Dir, s.Config.Name, s.placed, len(s.placed) == len(all()))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.release()) }()
	identity, err := identity(s, f)
	if err != nil {
		return err
	}
	operator, err := operatorPart()
	if err != nil {
		return err
	}
	var n *node
	app, err := assemble(s, identity, log, fx.Supply(f), fx.Provide(newNode), operator, fx.Populate(&n))
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	if err := startApp(ctx, app); err != nil {
		return err
	}
	writeBanner(e.err, n, colour(e.err, e.env))
	log.Info("node ready", "node", identity.Name, "took", n.took.Round(time.Millisecond).String())
	if s.File != "" {
		log.Info("configuration read", "file", s.File)
	}
	for _, w := range s.Warnings {
		log.Warn("configuration is odd", "warning", w)
	}
	var fault error
	select {
	case <-ctx.Done():
	case sig := <-signals:
		log.Info("stopping; a second signal stops at once", "signal", sig.String())
	case fault = <-n.fault:
	}
	if err := stopApp(context.WithoutCancel(ctx), app, signals); err != nil {
		return errors.Join(fault, err)
	}
	log.Info("stopped")
	return fault
}

func startApp(ctx context.Context, app *fx.App) error {
	ctx, cancel := context.WithTimeout(ctx, app.StartTimeout())
	defer cancel()
	return app.Start(ctx)
}

// stopApp stops the node in order, or not at all when another signal says so.
func stopApp(ctx context.Context, app *fx.App, signals <-chan os.Signal) error {
	ctx, cancel := context.WithTimeout(ctx, app.StopTimeout())
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- app.Stop(ctx) }()
	select {
	case err := <-stopped:
		if err != nil {
			return fmt.Errorf("unclean stop: %w", err)
		}
		return nil
	case <-signals:
		return failed("", "stopped at once by a second signal; nothing that was answered is lost")
	}
}
