package events

import "time"

// Settings are what an operator may change about deliveries.
type Settings struct {
	// Retry holds the pauses before a refused event is handed over again, each ±20 %. After the last it is parked.
	Retry []time.Duration
	// Timeout is how long an event may take from its hand-over until the store comes to it, preparation included. A write
	// that has begun is not interrupted.
	Timeout time.Duration
	// Keep is how long events stay in the log once they are delivered.
	Keep time.Duration
	// MaxBacklog is how many deliveries of a module may be open before it refuses to announce more.
	MaxBacklog int
	// MinFree is how many bytes the disk must have free for a module to announce.
	MinFree int64
}

// DefaultSettings returns what holds where nobody was told otherwise.
func DefaultSettings() Settings {
	return Settings{
		Retry:      []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute},
		Timeout:    30 * time.Second,
		Keep:       7 * 24 * time.Hour,
		MaxBacklog: 1_000_000,
		MinFree:    128 << 20, // room for what must still be written: effects, marks, journals
	}
}

// Limits that nobody needs to change.
const (
	// batchSize is how many deliveries are handed over in one Publish.
	batchSize = 64
	// slots is how many Publishes of one subscriber run at once.
	slots = 8
	// markEvery is how long the marks of deliveries gather before they are written, markBatch how many at most in one
	// transaction. A mark that a crash takes away costs one more hand-over, which the inbox answers.
	markEvery = 20 * time.Millisecond
	markBatch = 256
	// markRest is how long to wait after marks could not be written.
	markRest = time.Second
	// maxMarks is how many may wait to be written before the relay hands nothing more over.
	maxMarks = 8192
	// pollEvery is how often the relay looks for deliveries that nobody told it of.
	pollEvery = 5 * time.Second
	// pause is how long a line rests when its subscriber cannot be reached, and an event that could not be handled now;
	// longPause is the longest such rest.
	pause     = 250 * time.Millisecond
	longPause = 10 * time.Second
	// answerGrace is how much longer than the handler's time the relay waits for an answer.
	answerGrace = 5 * time.Second
	// maxData bounds an event's payload, in bytes.
	maxData = 256 << 10
	// inboxGrace is how much longer than events their receipts are kept, so that no event outlives its receipt.
	inboxGrace = 24 * time.Hour
	// tidyEvery is how often what is no longer kept is removed, tidyBatch how much in one transaction.
	tidyEvery = 10 * time.Minute
	tidyBatch = 500
)
