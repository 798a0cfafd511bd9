package rpc

import (
	"context"
	"errors"
	"fmt"

	"holon/transport/status"
)

// unreached is the error of a call that nobody has begun. last is why the instance that was tried last was not reached,
// nil when none was known; why is why no more were tried.
func unreached(module string, last, why error) error {
	if errors.Is(why, context.Canceled) || errors.Is(why, context.DeadlineExceeded) {
		return status.From(why)
	}
	if last == nil {
		return nobodyServes(module)
	}
	e := nobodyServes(module)
	if errors.Is(last, errOther) {
		e = status.New(status.Unavailable, "module_incompatible", "no node serves module %s in the version that is asked for", module).
			With(status.DetailRetryAfter, "1")
	}
	return e.Because(fmt.Errorf("%w: %w", why, last))
}

// outcomeUnknown is the error of a call that may have run. It is not Unavailable, which promises that nothing was done.
func outcomeUnknown(module string, lost error) error {
	return status.New(status.DeadlineExceeded, "outcome_unknown",
		"the node of module %s was lost before it had answered: what was asked may be done", module).Because(lost)
}
