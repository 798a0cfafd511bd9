package events

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/fxamacker/cbor/v2"

	"holon/transport/status"
)

// Carrier takes a batch to an instance of the subscriber's module on another node, and its answer back. An error says that
// the answer is not known: nobody has handled the batch, or somebody has.
type Carrier interface {
	Carry(ctx context.Context, subscriber string, batch []byte, take func(answer []byte) error) error
}

// Direct hands messages over to where their subscriber runs: in this process when it does, else on another node. It is a
// watermill Publisher that keeps the promise of this package.
type Direct struct {
	local   *Local
	carrier Carrier
}

// NewDirect returns one that goes elsewhere with a carrier; with nil it goes nowhere else.
func NewDirect(local *Local, c Carrier) *Direct { return &Direct{local: local, carrier: c} }

// maxBatch bounds a batch on its way, in bytes of payloads: a quarter of what the wire takes in one message.
const maxBatch = 1 << 20

// parcel is a message on its way, answer what became of it; no verdict means that it was acknowledged. Both are CBOR arrays:
// fields may be added at the end.
type parcel struct {
	_        struct{} `cbor:",toarray"`
	ID       string
	Metadata map[string]string
	Payload  []byte
}

type answer struct {
	_               struct{} `cbor:",toarray"`
	Verdict, Reason string
}

// Publish hands messages to the topic's subscriber and returns when each is settled.
func (d *Direct) Publish(topic string, messages ...*message.Message) error {
	err := d.local.Publish(topic, messages...)
	if d.carrier == nil || len(messages) == 0 || !errors.Is(err, ErrNobody) {
		return err
	}
	if _, some := errors.AsType[*PartialError](err); some {
		return err // it has just gone, and has answered for some
	}
	var errs []error
	failed := false
	for len(messages) > 0 {
		n := fitting(messages)
		answers, err := d.carry(topic, messages[:n])
		switch {
		case err != nil && len(errs) == 0 && n == len(messages):
			return err // nobody has any of them, as far as is known
		case err != nil:
			answers = make([]error, n)
			for i := range answers {
				answers[i] = err
			}
		}
		for _, a := range answers {
			failed = failed || a != nil
		}
		errs, messages = append(errs, answers...), messages[n:]
	}
	if failed {
		return &PartialError{Errs: errs}
	}
	return nil
}

// Close does nothing: what it uses is not its own.
func (d *Direct) Close() error { return nil }

// fitting returns how many of the messages go in one batch.
func fitting(messages []*message.Message) int {
	size := 0
	for i, m := range messages {
		if size += len(m.Payload); size > maxBatch && i > 0 {
			return i
		}
	}
	return len(messages)
}

// carry takes a batch to another node and returns what became of each message.
func (d *Direct) carry(topic string, messages []*message.Message) ([]error, error) {
	parcels := make([]parcel, len(messages))
	for i, m := range messages {
		parcels[i] = parcel{ID: m.UUID, Metadata: m.Metadata, Payload: m.Payload}
	}
	batch, err := cbor.Marshal(parcels)
	if err != nil {
		return nil, fmt.Errorf("encode a batch for %s: %w", topic, err)
	}
	var answers []answer
	err = d.carrier.Carry(messages[0].Context(), topic, batch, func(raw []byte) error { return unpack(raw, &answers) })
	switch {
	case err != nil:
		return nil, fmt.Errorf("publish to %s: %w", topic, err)
	case len(answers) != len(messages):
		return nil, fmt.Errorf("publish to %s: %d answers to %d messages", topic, len(answers), len(messages))
	}
	errs := make([]error, len(answers))
	for i, a := range answers {
		if a.Verdict != "" {
			errs[i] = &RefusedError{verdict: verdict(a.Verdict), reason: a.Reason}
		}
	}
	return errs, nil
}

// tellTime is what is left of the sender's patience for the answer to reach it.
const tellTime = 2 * time.Second

// Receive hands over a batch that another node has carried here, and writes the answer.
func (l *Local) Receive(ctx context.Context, subscriber string, batch []byte, reply *bytes.Buffer) error {
	var parcels []parcel
	if err := unpack(batch, &parcels); err != nil {
		return status.New(status.Malformed, "", "the batch for %s cannot be read", subscriber).Because(err)
	}
	// Whoever sent the batch waits no longer than ctx lasts. What became of each message must be told before.
	waits, cancel := ctx, context.CancelFunc(func() {})
	if deadline, ok := ctx.Deadline(); ok {
		waits, cancel = context.WithDeadline(ctx, deadline.Add(-min(tellTime, time.Until(deadline)/4)))
	}
	defer cancel()
	messages := make([]*message.Message, len(parcels))
	for i, p := range parcels {
		messages[i] = message.NewMessage(p.ID, p.Payload)
		if p.Metadata != nil {
			messages[i].Metadata = p.Metadata
		}
		messages[i].SetContext(waits)
	}
	answers := make([]answer, len(messages))
	err := l.Publish(subscriber, messages...)
	partial, known := errors.AsType[*PartialError](err)
	switch {
	case known:
		for i, e := range partial.Errs {
			if e != nil {
				answers[i] = answer{Verdict: string(verdictOf(e)), Reason: brief(e.Error(), maxReason)}
			}
		}
	case err != nil:
		return err
	}
	raw, err := cbor.Marshal(answers)
	if err != nil {
		return fmt.Errorf("encode the answer to a batch: %w", err)
	}
	reply.Write(raw)
	return nil
}

// What is read of a batch: its events and their attributes are few.
var unpacking = func() cbor.DecMode {
	mode, err := cbor.DecOptions{MaxNestedLevels: 4, MaxArrayElements: 4096, MaxMapPairs: 64}.DecMode()
	if err != nil {
		panic(err) // impossible: the options are written here
	}
	return mode
}()

func unpack(raw []byte, into any) error { return unpacking.Unmarshal(raw, into) }

var _ message.Publisher = (*Direct)(nil)
