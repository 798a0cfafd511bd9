package events

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ThreeDotsLabs/watermill/message"

	"holon/transport/status"
)

// A Publisher of this package settles every message before Publish returns. Its error is nil when all were
// acknowledged, a *PartialError when it knows what became of each, and any other error when none was handed over.

// PartialError says what became of the messages of one Publish.
type PartialError struct {
	// Errs has an element for each message, nil for an acknowledged one.
	Errs []error
}

// Error says the first failure and how many there are.
func (e *PartialError) Error() string {
	var first error
	failed := 0
	for _, err := range e.Errs {
		if err != nil {
			failed++
			if first == nil {
				first = err
			}
		}
	}
	return fmt.Sprintf("%d of %d messages were not acknowledged: %v", failed, len(e.Errs), first)
}

// verdict is what a failed hand-over means for the delivery.
type verdict string

const (
	// refused counts as an attempt.
	refused verdict = "refused"
	// notNow does not: who should have handled the event could not.
	notNow verdict = "later"
	// hopeless parks the event.
	hopeless verdict = "hopeless"
)

// RefusedError is what a subscriber's side said of one message.
type RefusedError struct {
	verdict verdict
	reason  string
}

// Error is the reason.
func (e *RefusedError) Error() string { return e.reason }

// judge finds what an error of a handler means.
func judge(err error) verdict {
	if errors.Is(err, errHopeless) {
		return hopeless
	}
	switch status.From(err).Code {
	case status.Unavailable, status.StorageFull, status.Canceled:
		return notNow
	default:
		return refused
	}
}

// The answer of a subscriber's side travels in the message's metadata: watermill's Nack has no reason.
const (
	attrVerdict = "holon-verdict"
	attrReason  = "holon-reason"
)

// maxReason bounds what is kept of a reason, in bytes; maxWhy what is told of a line that rests.
const (
	maxReason = 1024
	maxWhy    = 200
)

// brief is the first line of a text, at most n bytes of it.
func brief(text string, n int) string {
	first, _, _ := strings.Cut(text, "\n")
	return strings.ToValidUTF8(first[:min(len(first), n)], "")
}

// refuse notes on a message why it is not acknowledged, and says so. The reason is the first line of the error: the
// stack of a panic stays in the log of this node.
func refuse(m *message.Message, err error) {
	m.Metadata[attrVerdict] = string(judge(err))
	m.Metadata[attrReason] = brief(err.Error(), maxReason)
	m.Nack()
}

// refusal reads what refuse noted, once the message is nacked.
func refusal(m *message.Message) *RefusedError {
	v := verdict(m.Metadata[attrVerdict])
	if v == "" {
		v = refused // by somebody else's handler, who said no more
	}
	return &RefusedError{verdict: v, reason: m.Metadata[attrReason]}
}
