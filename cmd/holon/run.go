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
	ctx, stopSignals := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stopSignals()
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
	code := exitOK
	select {
	case <-ctx.Done():
		log.Info("stopping; a second signal stops at once")
	case down := <-app.Wait():
		code = down.ExitCode
	}
	// From here on a second signal has its default effect: the process ends.
	stopSignals()
	if err := stopApp(context.WithoutCancel(ctx), app); err != nil {
		return err
	}
	log.Info("stopped")
	if code != exitOK {
		return &failure{code: code, text: "the node stopped by itself; its log says why"}
	}
	return nil
}

func startApp(ctx context.Context, app *fx.App) error {
	ctx, cancel := context.WithTimeout(ctx, app.StartTimeout())
	defer cancel()
	return app.Start(ctx)
}

func stopApp(ctx context.Context, app *fx.App) error {
	ctx, cancel := context.WithTimeout(ctx, app.StopTimeout())
	defer cancel()
	if err := app.Stop(ctx); err != nil {
		return fmt.Errorf("unclean stop: %w", err)
	}
	return nil
}
