package main

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	output          format
}

func newRestore(e environment) *cobra.Command {
	var r restoring
	c := &cobra.Command{
		Use: "restore --from DIR", Short: "put a backup in the place of a stopped node's data",
		Long: "restore verifies a backup and makes it the data of a data dir whose nodes are stopped. What is there already it\n" +
			"replaces only when told to, and never removes: it moves to a folder beside. Deliveries that were open in the backup\n" +
			"are handed over at the next start.",
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
			return r.do(c, s)
		},
	}
	configs.AddFlags(c.Flags())
	c.Flags().VisitAll(func(f *pflag.Flag) { f.Hidden = !slices.Contains([]string{"config", "data-dir"}, f.Name) })
	c.Flags().StringVar(&r.from, "from", "", "folder of the backup")
	c.Flags().StringSliceVar(&r.only, "only", nil, "restore these modules alone; the others stay as they are and may know more")
	c.Flags().BoolVar(&r.replace, "replace", false, "move data that is there to a folder beside, instead of refusing")
	c.Flags().BoolVar(&r.dryRun, "dry-run", false, "verify the backup and change nothing")
	r.output.addTo(c)
	return c
}

func (r *restoring) verify(c *cobra.Command) error {
	m, err := backup.Verify(c.Context(), r.from)
	if err != nil {
		return err
	}
	if r.output == "json" {
		return printJSON(c, m)
	}
	fmt.Fprintf(c.OutOrStdout(), "backup %s is good: node %s as of %s\n\n", r.from, m.Node, m.TakenAt.Format(time.RFC3339))
	return writeStores(c.OutOrStdout(), m)
}

func (r *restoring) do(c *cobra.Command, s *settings) error {
	dir := s.Config.Data.Dir
	now := time.Now()
	done, err := backup.Restore(c.Context(), backup.RestoreParams{
		From: r.from, DataDir: dir, Only: r.only, Replace: r.replace,
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
	return writeRestored(c.OutOrStdout(), done, r, dir)
}

// restoreRefused adds the command to type next.
func restoreRefused(err error, r *restoring, dir string) error {
	if _, ok := errors.AsType[*backup.ExistsError](err); ok {
		return failed(restoreCommand(r.from, dir, r.only)+"   (it moves them to a folder beside)", "%v", err)
	}
	if _, ok := errors.AsType[*backup.BadError](err); ok {
		return &failure{code: exitCorrupt, text: err.Error(), next: "try another backup: holon restore --from DIR --dry-run"}
	}
	return err
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
		fmt.Fprintf(w, "what was there before is in %s; remove it when you are sure\n", done.Replaced)
	}
	fmt.Fprintln(w)
	t := newTable("MODULE", "HANDED OVER AGAIN", "PARKED", "RECEIPTS KEPT")
	var names []string
	for _, s := range done.Stores {
		names = append(names, s.Module)
		t.row(s.Module, strconv.FormatInt(s.Prepared["open"], 10), strconv.FormatInt(s.Prepared["parked"], 10),
			strconv.FormatInt(s.Prepared["receipts"], 10))
	}
	if err := t.writeTo(w); err != nil {
		return err
	}
	if len(r.only) > 0 {
		return writeCatchUp(w, names, done.Manifest.TakenAt)
	}
	return nil
}

// writeCatchUp says how modules that were restored alone hear again what they had heard since. It repeats the minute
// before: what was handled then takes no effect twice where handlers go by versions, as all replayable ones must.
func writeCatchUp(w io.Writer, restored []string, at time.Time) error {
	since := at.Add(-time.Minute).UTC().Format(time.RFC3339)
	fmt.Fprintf(w, "\nthe other modules may know more than these. Once the node runs, have them hear again what they had heard since:\n")
	for _, m := range all() {
		for _, s := range m.Subscribers {
			if slices.Contains(restored, m.Name) && s.Replayable {
				fmt.Fprintf(w, "  holon events replay --subscriber %s --since %s\n", s.Name, since)
			}
		}
	}
	return nil
}
