package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"holon/configs"
	"holon/modules/storage"
	"holon/modules/storage/backup"
	"holon/modules/storage/eventlog"
)

// restoring is a restore as it was typed.
type restoring struct {
	from            string
	only            []string
	replace, dryRun bool
	redeliver       bool
	output          format
}

func newRestore(e environment) *cobra.Command {
	var r restoring
	c := &cobra.Command{
		Use: "restore --from DIR", Short: "put a backup in the place of a stopped node's data",
		Long: "restore verifies a backup and makes it the data of a data dir whose nodes are stopped. What is there already it\n" +
			"replaces only when told to, and never removes: it moves to a folder replaced-<time> in the data dir.\n" +
			"Deliveries that were open in the backup are handed over at the next start.",
		Example: "  holon restore --from /backups/2026-11-23-0300\n" +
			"  holon restore --from /backups/2026-11-23-0300 --dry-run    verify it and change nothing",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if r.from == "" {
				return usage(c, "restore needs --from DIR, the folder of a backup")
			}
			s, err := loadSettings(c, e)
			if err != nil {
				return err
			}
			if r.dryRun {
				return r.verify(c)
			}
			log, _, err := newLogger(e.err, configs.Log{Level: "warn", Format: s.Config.Log.Format}, e.env)
			if err != nil {
				return err
			}
			return r.do(c, s, log)
		},
	}
	configs.AddFlags(c.Flags())
	c.Flags().VisitAll(func(f *pflag.Flag) { f.Hidden = !slices.Contains([]string{"config", "data-dir"}, f.Name) })
	c.Flags().StringVar(&r.from, "from", "", "folder of the backup")
	c.Flags().StringSliceVar(&r.only, "only", nil, "restore these modules alone; the others stay as they are and may know more")
	c.Flags().BoolVar(&r.replace, "replace", false, "move data that is there to a folder in the data dir, instead of refusing")
	c.Flags().BoolVar(&r.redeliver, "redeliver", false, "hand over what the backup had open, though subscribers elsewhere may have handled it and forgotten that")
	c.Flags().BoolVar(&r.dryRun, "dry-run", false, "verify the backup and change nothing")
	r.output.addTo(c)
	return c
}

func (r *restoring) verify(c *cobra.Command) error {
	m, err := backup.Verify(c.Context(), r.from)
	if err != nil {
		return restoreRefused(err, r, "")
	}
	if err := r.known(m); err != nil {
		return err
	}
	if r.output == "json" {
		return printJSON(c, m)
	}
	fmt.Fprintf(c.OutOrStdout(), "backup %s is good: node %s as of %s\n\n", r.from, m.Node, m.TakenAt.Format(time.RFC3339))
	return writeStores(c.OutOrStdout(), m)
}

// known refuses --only with modules that the backup does not have.
func (r *restoring) known(m backup.Manifest) error {
	for _, name := range r.only {
		if !slices.Contains(m.Modules(), name) {
			return failed("--only "+strings.Join(m.Modules(), ","), "backup %s has no module %q", r.from, name)
		}
	}
	return nil
}

func (r *restoring) do(c *cobra.Command, s *settings, log *slog.Logger) error {
	dir, now := s.Config.Data.Dir, time.Now()
	m, err := backup.Read(r.from)
	if err != nil {
		return restoreRefused(err, r, dir)
	}
	if err := r.known(m); err != nil {
		return err
	}
	restored := m.Modules()
	if len(r.only) > 0 {
		restored = r.only
	}
	stayed := othersThan(restored, s.Config.Delivery.Keep)
	if err := stayed.check(m, restored, now); err != nil && !r.redeliver {
		return err
	}
	done, err := backup.Restore(c.Context(), backup.RestoreParams{
		From: r.from, DataDir: dir, Only: r.only, Replace: r.replace, Log: log,
		Prepare: func(ctx context.Context, _ string, db storage.DBTX) (map[string]int64, error) {
			return eventlog.Rearm(ctx, db, now)
		},
	})
	if err != nil {
		return restoreRefused(err, r, dir)
	}
	if r.output == "json" {
		return printJSON(c, done)
	}
	if err := writeRestored(c.OutOrStdout(), done, r, dir); err != nil {
		return err
	}
	stayed.writeCatchUp(c.OutOrStdout(), done.Manifest, restored, now)
	return nil
}

// restoreRefused adds the command to type next.
func restoreRefused(err error, r *restoring, dir string) error {
	if finished, ok := errors.AsType[*backup.FinishedError](err); ok {
		refused := restoreRefused(finished.Err, r, dir)
		text, code := explain(refused)
		_, next, _ := strings.Cut(text, "\n  → ")
		return &failure{code: code, text: err.Error(), next: next}
	}
	switch e := err; {
	case isA[*backup.ExistsError](e):
		return failed(restoreCommand(r.from, dir, r.only)+"   (it moves them to a folder in the data dir)", "%v", err)
	case isA[*backup.BadError](e):
		return &failure{code: exitCorrupt, text: err.Error(), next: "try another backup: holon restore --from DIR --dry-run"}
	case isA[*storage.UnfinishedRestoreError](e):
		return &failure{code: exitCorrupt, text: err.Error(), next: "type the same again: it goes on where it was"}
	case isA[*backup.RoomError](e):
		return failed("make room there, and type the same again", "%v", err)
	}
	return err
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// restoreCommand is what to type to put a backup in the place of damaged data.
func restoreCommand(from, dir string, only []string) string {
	command := fmt.Sprintf("holon restore --from %s --replace --data-dir %s", quoted(from), quoted(dir))
	if len(only) > 0 {
		command += " --only " + strings.Join(only, ",")
	}
	return command
}

func writeRestored(w io.Writer, done backup.Restored, r *restoring, dir string) error {
	at := done.Manifest.TakenAt.Format(time.RFC3339)
	if done.Finished {
		fmt.Fprintf(w, "an interrupted restore of %s is finished: %s is as of %s\n", r.from, dir, at)
	} else {
		fmt.Fprintf(w, "%s is as of %s, from %s\n", dir, at, r.from)
	}
	if done.Replaced != "" {
		names := make([]string, 0, len(done.Stores))
		for _, s := range done.Stores {
			names = append(names, s.Module)
		}
		fmt.Fprintf(w, "what was there before is in %s; remove it when you are sure. To have it back, move its files to %s "+
			"while the node is stopped, and start it with --new-store %s\n", done.Replaced, dir, strings.Join(names, ","))
	}
	fmt.Fprintln(w)
	t := newTable("MODULE", "HANDED OVER AGAIN", "PARKED", "RECEIPTS KEPT")
	for _, s := range done.Stores {
		t.row(s.Module, strconv.FormatInt(s.Prepared["open"], 10), strconv.FormatInt(s.Prepared["parked"], 10),
			strconv.FormatInt(s.Prepared["receipts"], 10))
	}
	return t.writeTo(w)
}
