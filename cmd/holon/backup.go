package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holon/modules/storage/backup"
)

// backupOrder is what the verb asks of a node, backupTaken what it answers.
type backupOrder struct {
	// To is an absolute path on the node's machine.
	To string `json:"to"`
}

type backupTaken struct {
	Dir string `json:"dir"`
	// SameDisk says that the backup is lost with the disk of the data.
	SameDisk bool `json:"same_disk"`
	backup.Manifest
}

func newBackup(e environment) *cobra.Command {
	var at targeting
	var output format
	var to string
	c := &cobra.Command{
		Use: "backup --to DIR", Short: "copy the data of a running node, as of one instant, into a new folder",
		Long: "backup has a running node copy the databases of all its modules, with their event logs, into a folder that is not\n" +
			"there yet. Writers stand still for the milliseconds it takes to fix the instant; then orders go on while the copy\n" +
			"is written, read again and verified. The folder has its name only when all of that is done.",
		Example: "  holon backup --to /backups/$(date +%F-%H%M)",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if to == "" {
				return usage(c, "backup needs --to DIR, a folder that is not there yet")
			}
			dir, err := filepath.Abs(to)
			if err != nil {
				return fmt.Errorf("find %s: %w", to, err)
			}
			n, err := at.find(c, e, false)
			if err != nil {
				return err
			}
			var taken backupTaken
			if err := n.changeWithin(c.Context(), backupTimeout, "/backup", backupOrder{dir}, &taken); err != nil {
				return err
			}
			if output == "json" {
				return printJSON(c, taken)
			}
			return taken.writeTo(c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&to, "to", "", "folder to make; the node itself writes it, on its own machine")
	at.addTo(c)
	output.addTo(c)
	return c
}

func (b backupTaken) writeTo(w io.Writer) error {
	held := time.Duration(b.HeldMicros) * time.Microsecond
	fmt.Fprintf(w, "node %s is backed up to %s: %s of %s, as of %s\n", b.Node, b.Dir, size(b.Bytes()), counted(len(b.Stores), "module", "modules"),
		b.TakenAt.Format(time.RFC3339Nano))
	fmt.Fprintf(w, "verified; writers stood still for %s\n\n", held)
	if err := writeStores(w, b.Manifest); err != nil {
		return err
	}
	if b.SameDisk {
		fmt.Fprintln(w, "\nit is on the disk of the data, and lost with it: copy it to another machine")
	}
	_, err := fmt.Fprintf(w, "\nput it in the place of a stopped node's data with: holon restore --from %s --data-dir DIR\n", b.Dir)
	return err
}

// writeStores lists what a backup holds.
func writeStores(w io.Writer, m backup.Manifest) error {
	t := newTable("MODULE", "SIZE", "ROWS", "EVENTS", "OPEN", "PARKED", "RECEIPTS", "SHA-256")
	for _, s := range m.Stores {
		rows := int64(0)
		for _, n := range s.Rows {
			rows += n
		}
		cells := []string{s.Module, size(s.Bytes), strconv.FormatInt(rows, 10)}
		for _, what := range []string{"events", "open", "parked", "receipts"} {
			cells = append(cells, strconv.FormatInt(s.Summary[what], 10))
		}
		t.row(append(cells, s.SHA256[:12])...)
	}
	return t.writeTo(w)
}

// size is an amount of data for people.
func size(n int64) string {
	const unit = 1024
	if n < unit {
		return strconv.FormatInt(n, 10) + " B"
	}
	value, units := float64(n)/unit, "KMGTPE"
	for value >= unit && len(units) > 1 {
		value, units = value/unit, units[1:]
	}
	return strings.TrimSuffix(strconv.FormatFloat(value, 'f', 1, 64), ".0") + " " + units[:1] + "iB"
}
