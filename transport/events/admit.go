package events

import (
	"strconv"

	"holon/transport/status"
)

// Retry-After of what is refused, in seconds.
const (
	backlogRetryAfter = 5
	diskRetryAfter    = 30
)

// admit refuses what would make a backlog or a disk overflow.
func (o *Outbox) admit() error {
	err := o.inadmissible()
	if err != nil {
		o.refused.Inc()
	}
	return err
}

func (o *Outbox) inadmissible() error {
	if open := o.open.Load(); open >= int64(o.settings.MaxBacklog) {
		return status.New(status.Unavailable, "event_backlog_full",
			"%d deliveries of module %s wait, and no more are taken (delivery.max_backlog)", open, o.module).
			With(status.DetailRetryAfter, strconv.Itoa(backlogRetryAfter)).
			With(status.DetailHint, "holon events ls --state retrying, or --state waiting, shows where they are held up")
	}
	if o.diskLow() {
		return status.New(status.StorageFull, "", "the disk below module %s has less than %d MiB free (data.min_free)", o.module,
			o.settings.MinFree>>20).
			With(status.DetailRetryAfter, strconv.Itoa(diskRetryAfter)).
			With(status.DetailHint, "free space on the disk that holds the data dir; nothing that was confirmed is lost")
	}
	return nil
}
