package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"holon/modules/storage/backup"
	"holon/transport/contract"
)

// others are the modules whose data a restore leaves as it is, here or on other nodes: they know more than those it
// restores.
type others struct {
	modules []string
	// keep is how long events that were delivered are kept.
	keep time.Duration
}

// othersThan returns those that are not to be restored. Which of them are anywhere nobody knows while the node is stopped.
func othersThan(restored []string, keep time.Duration) others {
	o := others{keep: keep}
	for _, m := range all() {
		if !slices.Contains(restored, m.Name) {
			o.modules = append(o.modules, m.Name)
		}
	}
	return o
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
			listeners := heard(s.Module, o.modules)
			next := "restore all of them together: leave out --only"
			if slices.ContainsFunc(listeners, func(l string) bool { return !slices.Contains(m.Modules(), l) }) {
				next = "restore the others too, where they are, from backups of that time; then this one with --redeliver"
			}
			return failed(next, "in the backup %s of %s wait for %s, which may have handled them since then "+
				"and forgotten that they did: the backup is older than receipts are kept (delivery.keep and 24h)",
				counted(int(s.Summary["open"]), "delivery", "deliveries"), s.Module, strings.Join(listeners, ", "))
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
	var lines, stayed []string
	for _, module := range all() {
		for _, s := range module.Subscribers {
			heard := slices.DeleteFunc(slices.Clone(o.modules), func(other string) bool { return !listensTo(s, other) })
			if !slices.Contains(restored, module.Name) || len(heard) == 0 {
				continue
			}
			stayed = append(stayed, heard...)
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
	slices.Sort(stayed)
	fmt.Fprintf(w, "\n%s stayed and may know more. Once the node runs, have the others hear again what they had heard since:\n%s\n",
		strings.Join(slices.Compact(stayed), ", "), strings.Join(lines, "\n"))
	if oldest := now.Add(-o.keep); since.Before(oldest) {
		fmt.Fprintf(w, "delivered events are kept for %s: those from %s to %s are gone, and what followed from them is missing\n",
			o.keep, since.Format(time.RFC3339), oldest.UTC().Format(time.RFC3339))
	}
}
