package eventlog

import (
	"time"

	"holon/transport/events"
)

// Every statement with a filter takes it as its first eight parameters, in the order of filterArgs: $1 and $2 bound the
// event's id, $3 and $4 its time, $5 is the topic, $6 the key, $7 the subscriber and $8 the state. The bounds of the id
// are always there, so that the primary key is walked in its range only.
const (
	takesEvent = `id >= $1 AND id < $2 AND ($6 = '' OR key = $6) AND ` + takesRest
	takesRest  = `($3 IS NULL OR time >= $3) AND ($4 IS NULL OR time < $4) AND ($5 = '' OR topic = $5)`

	// takesDelivery is about deliveries d. It looks at their events only for what they alone can tell, so one whose
	// event is gone is found by everything else: an operator must be able to get rid of it.
	takesDelivery = `d.event >= $1 AND d.event < $2 AND ($6 = '' OR d.key = $6) AND ($7 = '' OR d.subscriber = $7)
		AND ($8 = '' OR ` + stateOf + ` = $8)
		AND ($3 IS NULL AND $4 IS NULL AND $5 = '' OR EXISTS (SELECT 1 FROM events WHERE id = d.event AND ` + takesRest + `))`

	// stateOf tells a delivery's events.State. One that has a time to wait for is retrying, too,
	// whether or not it counts as refused.
	stateOf = `CASE WHEN d.parked THEN 'parked' WHEN d.attempts > 0 OR d.due > 0 THEN 'retrying' ELSE 'waiting' END`
)

// skew is how far an event's id and its time may be apart for a filter by time to find it. They differ by how long the
// write waited for its turn, or by how much the clock was set back: ids never go back.
const skew = time.Hour

// Ids are hexadecimal digits and dashes. All of them are below noEnd, and nothing but the id itself is from id on and
// below id + justAbove.
const (
	noEnd     = "~"
	justAbove = " "
)

// filterArgs returns the parameters for f and what follows them.
func filterArgs(f events.Filter, more ...any) []any {
	from, below := f.ID, noEnd
	var since, until any
	if f.ID != "" {
		below = f.ID + justAbove
	}
	if f.Before != "" {
		below = min(below, f.Before)
	}
	if !f.Since.IsZero() {
		since = ceil(f.Since)
		from = max(from, bound(f.Since.Add(-skew)))
	}
	if !f.Until.IsZero() {
		until = ceil(f.Until)
		below = min(below, bound(f.Until.Add(skew)))
	}
	return append([]any{from, below, since, until, f.Topic, f.Key, f.Subscriber, string(f.State)}, more...)
}

// ceil returns the first whole microsecond that is not before t: what is kept in microseconds is at or after t exactly
// when it is at or after that.
func ceil(t time.Time) int64 {
	us := t.UnixMicro()
	if t.Nanosecond()%1000 != 0 {
		us++
	}
	return us
}
