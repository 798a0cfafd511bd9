package events

import (
	"log/slog"
	"sync"
	"time"
)

// jumpLeast is what counts as a jump; less is how clocks are set right. jumpTrusted is how long the clock must have
// stayed where it jumped to before anything is forgotten by it. sleepLeast is what counts as a sleep of the machine: its
// uptime is known to the second.
const (
	jumpLeast   = time.Minute
	jumpTrusted = time.Hour
	sleepLeast  = 5 * time.Second
)

// Clock tells by what time events and receipts are old. A wall clock that is set ahead by a week makes all of them old
// at once, and a receipt that is forgotten too soon lets its event have its effect again. So the wall clock is held
// against the monotonic one, and where it has jumped nothing goes by it for an hour: somebody may notice and set it
// back. It protects against jumps while the process runs, not against those between two processes.
//
// The monotonic clock stands still while the machine sleeps, and its uptime does not: what it is ahead by was slept. A
// virtual machine that its host had stopped knows nothing of that, and when its clock is set right, that is a jump.
type Clock struct {
	log *slog.Logger
	// wall is the clock that may jump, uptime how long the machine has been up; only tests have others than the real ones.
	wall   func() time.Time
	uptime func() time.Duration

	mu sync.Mutex
	// trusted is what the wall clock said at a moment, or would have said had it not jumped; at and up are the same moment
	// on the monotonic clock and by the uptime.
	trusted, at time.Time
	up          time.Duration
	jump        ClockJump
}

// ClockJump is a jump of the wall clock that nothing goes by yet.
type ClockJump struct {
	// By is how far the clock is ahead of where it should be, negative when it is behind, zero when it has not jumped.
	By time.Duration `json:"by"`
	// Since is when it was noticed, by the clock as it was.
	Since time.Time `json:"since,omitzero"`
}

// NewClock returns a clock that trusts the time it is made at. All outboxes and intakes of a node share one.
func NewClock(log *slog.Logger) *Clock {
	now := time.Now()
	return &Clock{log: log, wall: time.Now, uptime: uptime, trusted: now.Round(0), at: now, up: uptime()}
}

// Jump returns the jump that nothing goes by yet, the zero value for none.
func (c *Clock) Jump() ClockJump {
	c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.jump
}

// now returns the time by which things are old: of the wall clock, and where that would be had it not jumped, the
// earlier.
func (c *Clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, wall, up := time.Now(), c.wall().Round(0), c.uptime() // Round leaves the monotonic reading off
	passed := now.Sub(c.at)
	if slept := up - c.up - passed; slept >= sleepLeast {
		passed += slept
	}
	steady := c.trusted.Add(passed)
	by := wall.Sub(steady)
	switch {
	case by.Abs() < jumpLeast:
		if c.jump.By != 0 {
			c.log.Info("the clock is back where it was", "after", steady.Sub(c.jump.Since))
		}
		c.trust(wall, now, up)
	case (by - c.jump.By).Abs() >= jumpLeast:
		c.jump = ClockJump{By: by, Since: steady}
		c.log.Warn("the clock jumped: until it has stayed so for a while, nothing is forgotten by it", "by", by.Round(time.Second),
			"while", jumpTrusted)
	case steady.Sub(c.jump.Since) >= jumpTrusted:
		c.log.Info("the clock has stayed where it jumped to: it is trusted", "by", by.Round(time.Second))
		c.trust(wall, now, up)
		return wall
	}
	if wall.Before(steady) {
		return wall
	}
	return steady
}

// trust goes by the wall clock as it is. The caller holds mu.
func (c *Clock) trust(wall, now time.Time, up time.Duration) {
	c.trusted, c.at, c.up, c.jump = wall, now, up, ClockJump{}
}
