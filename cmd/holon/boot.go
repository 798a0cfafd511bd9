package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// step is a part of the boot, with what undoes it and how long that may take.
type step struct {
	name   string
	start  func(context.Context) error
	stop   func(context.Context) error
	budget time.Duration
	// waiting says for the countdown what the stop waits for, as attributes of a log line. It may be nil.
	waiting func() []any
}

// nothing is the start of what is there already.
func nothing(context.Context) error { return nil }

// stopping gives up on a stop that takes more than its time: the steps below it matter more.
func stopping(stop func()) func(context.Context) error {
	return func(ctx context.Context) error {
		done := make(chan struct{})
		go func() {
			defer close(done)
			stop()
		}()
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (n *node) start(ctx context.Context) error {
	n.startBegan.Store(true)
	defer close(n.startEnded)
	n.started = time.Now()
	for _, s := range n.steps() {
		err := ctx.Err()
		if err == nil {
			err = s.start(ctx)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("start the %s: %w", s.name, err), n.stop(context.WithoutCancel(ctx)))
		}
		n.running = append(n.running, s)
		n.in.Log.Debug("started", "step", s.name, "took", time.Since(n.started).Round(time.Microsecond))
	}
	return nil
}

// stop undoes the steps that were started, all of them, whatever one of them says.
func (n *node) stop(ctx context.Context) error {
	var errs []error
	for _, s := range slices.Backward(n.running) {
		if err := n.undo(ctx, s); err != nil {
			errs = append(errs, fmt.Errorf("stop the %s: %w", s.name, err))
		}
	}
	n.running = nil
	return errors.Join(errs...)
}

// undo stops one step within its budget, and counts the seconds down while it lasts: whoever watches a process stop wants
// to know what for, and how long yet.
func (n *node) undo(ctx context.Context, s step) error {
	ctx, cancel := context.WithTimeout(ctx, s.budget)
	defer cancel()
	started := time.Now()
	stopped := make(chan struct{})
	var counting sync.WaitGroup
	counting.Go(func() {
		tick := time.NewTicker(countdownEvery)
		defer tick.Stop()
		for {
			select {
			case <-stopped:
				return
			case <-tick.C:
			}
			left := max(s.budget-time.Since(started), 0).Round(time.Second)
			attrs := []any{"for", s.name, "left", left.String()}
			if s.waiting != nil {
				attrs = append(attrs, s.waiting()...)
			}
			n.in.Log.Info("stopping: waiting", attrs...)
		}
	})
	err := s.stop(ctx)
	close(stopped)
	counting.Wait()
	n.in.Log.Debug("stopped", "step", s.name, "took", time.Since(started).Round(time.Microsecond))
	return err
}

// countdownEvery is how often a stop says what it waits for.
const countdownEvery = time.Second
