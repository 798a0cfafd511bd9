package main

import (
	"fmt"
	"time"

	"holon/transport/events"
)

// whyUnwell says what is wrong with a module.
func whyUnwell(module string, faults map[string]error, lines []events.LineState, disks []events.DiskState, s *nodeStatus) []string {
	var why []string
	if err := faults[module]; err != nil {
		why = append(why, err.Error())
	}
	if f := s.BackupFault; f != nil && f.Damaged == module {
		why = append(why, fmt.Sprintf("its data is damaged, as the backup of %s found: %s", f.At.Format(time.RFC3339), f.Reason))
	}
	for _, d := range disks {
		if d.Module == module && !d.SilentSince.IsZero() {
			why = append(why, fmt.Sprintf("the disk does not answer since %s", d.SilentSince.UTC().Format(time.RFC3339)))
		}
		if d.Module == module && d.Low {
			why = append(why, fmt.Sprintf("business writes are refused since %s: %s of the disk are free and %s needed (data.min_free)",
				d.Since.UTC().Format(time.RFC3339), size(d.Free), size(d.Need)))
		}
	}
	for _, l := range lines {
		if l.Module == module && l.Resting {
			why = append(why, fmt.Sprintf("its events wait for %s since %s: %s", l.Subscriber, l.Since.UTC().Format(time.RFC3339), l.Reason))
		}
	}
	for _, b := range s.Events {
		if b.Module == module && b.Parked > 0 {
			why = append(why, fmt.Sprintf("%s parked for %s: holon events ls --state parked", counted(b.Parked, "of its events is", "of its events are"), b.Subscriber))
		}
	}
	return why
}
