package check

import (
	"container/heap"
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"holon/modules/registry"
)

// atOnce is how many instances are asked at the same time.
const atOnce = 64

// Params are what a checker needs.
type Params struct {
	// Mine reports whether an instance is this node's to ask. It is asked before each check.
	Mine func(Key) bool
	// Found is told when an instance's health is another one, as it was registered with that stamp.
	Found func(k Key, of registry.Stamp, h registry.Health)
	// Probe may be nil.
	Probe func(context.Context, registry.Registration) error
}

// Checker asks instances while it runs. It is safe for concurrent use.
type Checker struct {
	params  Params
	mu      sync.Mutex
	targets map[Key]*target
	queue   queue
	woken   chan struct{}
	slots   chan struct{}
	group   sync.WaitGroup
	cancel  context.CancelFunc
}

// New returns a checker that asks nobody until Start.
func New(p Params) *Checker {
	if p.Probe == nil {
		p.Probe = newProber().probe
	}
	return &Checker{params: p, targets: make(map[Key]*target), woken: make(chan struct{}, 1), slots: make(chan struct{}, atOnce)}
}

// Watch has an instance asked as it was registered with a stamp, or says how it is now as others found. One without a check is
// not asked.
func (c *Checker) Watch(k Key, of registry.Stamp, r registry.Registration, h registry.Health) {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.targets[k]
	if t != nil && t.of == of {
		if t.health != h {
			t.health, t.good, t.bad = h, 0, 0
		}
		return
	}
	c.forget(k)
	if r.Check == (registry.Check{}) {
		return
	}
	t = &target{key: k, of: of, registration: r, health: h}
	t.due = time.Now().Add(rand.N(min(t.every(), 2*time.Second))) // soon: until then nobody knows
	c.targets[k] = t
	heap.Push(&c.queue, t)
	c.wake()
}

// Forget ends that an instance is asked.
func (c *Checker) Forget(k Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(k)
}

func (c *Checker) forget(k Key) {
	t := c.targets[k]
	if t == nil {
		return
	}
	delete(c.targets, k)
	if t.at >= 0 {
		heap.Remove(&c.queue, t.at)
	}
}

func (c *Checker) wake() {
	select {
	case c.woken <- struct{}{}:
	default:
	}
}

// Start begins to ask. Stop ends it.
func (c *Checker) Start(ctx context.Context) {
	ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	c.group.Go(func() { c.run(ctx) })
}

// Stop returns when nobody is being asked any more.
func (c *Checker) Stop() {
	c.cancel()
	c.group.Wait()
}

func (c *Checker) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		t, rest := c.next()
		if t == nil {
			timer.Reset(rest)
			select {
			case <-ctx.Done():
				return
			case <-c.woken:
			case <-timer.C:
			}
			continue
		}
		select {
		case <-ctx.Done():
			return
		case c.slots <- struct{}{}:
		}
		c.group.Go(func() {
			defer func() { <-c.slots }()
			c.ask(ctx, t)
		})
	}
}

// idle is how long a checker without targets rests.
const idle = time.Minute

// next takes the target that is due, or says for how long there is none.
func (c *Checker) next() (*target, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		return nil, idle
	}
	if rest := time.Until(c.queue[0].due); rest > 0 {
		return nil, rest
	}
	return heap.Pop(&c.queue).(*target), 0
}

// ask asks a target, where it is this node's part, and puts it back.
func (c *Checker) ask(ctx context.Context, t *target) {
	var err error
	mine := c.params.Mine(t.key)
	if mine {
		err = c.params.Probe(ctx, t.registration)
	}
	c.mu.Lock()
	if c.targets[t.key] != t {
		c.mu.Unlock()
		return
	}
	changed := mine && ctx.Err() == nil && t.found(err, time.Now())
	health := t.health
	t.due = time.Now().Add(t.every()*9/10 + rand.N(t.every()/5))
	heap.Push(&c.queue, t)
	c.mu.Unlock()
	c.wake()
	if changed {
		c.params.Found(t.key, t.of, health)
	}
}
