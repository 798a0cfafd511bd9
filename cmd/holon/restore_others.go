package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"holon/modules/storage"
	"holon/modules/storage/backup"
	"holon/transport/contract"
)

// others are the modules whose data a restore leaves in a data dir as it is: they know more than those it restores.
type others struct {
	modules []string
	// keep is how long events that were delivered are kept.
	keep time.Duration
}

// othersIn looks for the data of modules that are not to be restored.
func othersIn(dir string, restored []string, keep time.Duration) (others, error) {
	o := others{keep: keep}
	for _, m := range all() {
		if slices.Contains(restored, m.Name) {
			continue
		}
		_, err := os.Stat(filepath.Join(dir, storage.FileOf(m.Name)))
		switch {
		case err == nil:
			o.modules = append(o.modules, m.Name)
		case !errors.Is(err, fs.ErrNotExist):
			return o, fmt.Errorf("look for the data of module %s: %w", m.Name, err)
		}
	}
	return o, nil
}

// receiptsBeyond is how much longer receipts are kept than events.
const receiptsBeyond = 24 * time.Hour

// check refuses deliveries that would be handled twice: the restored ones are handed over again, and subscribers that
// stay as they are have forgotten by now that they had handled them.
func (o others) check(m backup.Manifest, restored []string, now time.Time) error {
	if now.Sub(m.TakenAt) < o.keep+receiptsBeyond {
		return nil
	}
	for _, s := range m.Stores {
		if slices.Contains(restored, s.Module) && s.Summary["open"] > 0 && len(heard(s.Module, o.modules)) > 0 {
			return failed("restore all of them together: leave out --only", "in the backup %s of %s wait for %s, which may have handled them since then "+
				"and forgotten that they did: the backup is older than receipts are kept (delivery.keep and 24h)",
				counted(int(s.Summary["open"]), "delivery", "deliveries"), s.Module, strings.Join(heard(s.Module, o.modules), ", "))
		}
	}
	return nil
}

// heard returns those of the listeners that listen to what the module announces.
func heard(module string, listeners []string) (names []string) {
	for _, m := range all() {
		if slices.Contains(listeners, m.Name) && slices.ContainsFunc(m.Subscribers, func(s contract.Subscriber) bool { return listensTo(s, module) }) {
			names = append(names, m.Name)
		}
	}
	return names
}

func listensTo(s contract.Subscriber, module string) bool {
	return slices.ContainsFunc(s.Topics, func(t contract.AnyTopic) bool { return t.Info().Module() == module })
}

// writeCatchUp says how the restored modules hear again what they had heard since from those that stayed. It goes back to
// the oldest event that had not been delivered then, and a minute more: what was handled twice takes no effect twice, as
// handlers that allow replays go by versions.
func (o others) writeCatchUp(w io.Writer, m backup.Manifest, restored []string, now time.Time) {
	since := m.TakenAt
	for _, s := range m.Stores {
		if oldest, ok := s.Summary["oldest_open_us"]; ok && time.UnixMicro(oldest).Before(since) {
			since = time.UnixMicro(oldest)
		}
	}
	since = since.Add(-time.Minute).UTC()
	var lines []string
	for _, module := range all() {
		for _, s := range module.Subscribers {
			if !slices.Contains(restored, module.Name) || !slices.ContainsFunc(o.modules, func(other string) bool { return listensTo(s, other) }) {
				continue
			}
			line := fmt.Sprintf("  holon events replay --subscriber %s --since %s", s.Name, since.Format(time.RFC3339))
			if !s.Replayable {
				line = "  " + s.Name + " cannot: what it does would happen again"
			}
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s stayed and may know more. Once the node runs, have the others hear again what they had heard since:\n%s\n",
		strings.Join(o.modules, ", "), strings.Join(lines, "\n"))
	if oldest := now.Add(-o.keep); since.Before(oldest) {
		fmt.Fprintf(w, "delivered events are kept for %s: those from %s to %s are gone, and what followed from them is missing\n",
			o.keep, since.Format(time.RFC3339), oldest.UTC().Format(time.RFC3339))
	}
}
