package core

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"holon/modules/user"
	"holon/transport/contract"
	"holon/transport/status"
)

// Start begins to ask.
func (p *Programs) Start(ctx context.Context) error {
	ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	var all sync.WaitGroup
	reserved := max(p.questions/4, 1)
	for i := range p.questions {
		strange := p.strange
		if i < reserved {
			strange = nil // who floods us with made-up keys does not keep good ones waiting
		}
		all.Go(func() { p.work(ctx, strange) })
	}
	go func() {
		all.Wait()
		close(p.done)
	}()
	return nil
}

// Stop ends the asking, in the middle of questions too.
func (p *Programs) Stop() {
	p.cancel()
	<-p.done
}

// work puts one question after the other.
func (p *Programs) work(ctx context.Context, strange chan *question) {
	for {
		var q *question
		select {
		case <-ctx.Done():
			return
		case q = <-p.known:
		case q = <-strange:
		}
		asked := p.now()
		reply, err := p.put(ctx, q)
		p.settle(q, asked, reply, err)
	}
}

// put asks the user module. What is called is foreign to this package, and a panic there must not end the process.
func (p *Programs) put(ctx context.Context, q *question) (reply user.CheckAPIKeyReply, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return p.users.CheckAPIKey(ctx, user.CheckAPIKeyRequest{ID: q.id, Digest: q.digest[:]})
}

// settle remembers an answer and hands it to those who wait. An answer that comes too late to be believed is none.
func (p *Programs) settle(q *question, asked time.Time, reply user.CheckAPIKeyReply, err error) {
	late := p.now().Sub(asked) >= answerLife
	switch {
	case err == nil && !late && reply.Subject != "" && reply.Key == q.id:
		q.key = &program{
			principal: contract.Principal{Subject: reply.Subject, Scopes: slices.Clone(reply.Scopes), Key: reply.Key},
			expires:   reply.ExpiresAt, asked: asked,
		}
		q.key.renewAt.Store(int64(renewAfter))
		p.good.put(q.digest, q.key)
	case status.CodeOf(err) == status.Unauthenticated:
		q.err = err
		p.good.drop(q.digest)
		p.refused.put(q.digest, refused{err, asked})
	default:
		if err == nil {
			err = errors.New("the answer came too late, or is about another key")
		}
		q.err = unchecked(err)
		p.log.Debug("API key not checked", "key", q.id, "err", err)
		if k, ok := p.good.get(q.digest); ok {
			k.renewAt.Store(int64(p.now().Sub(k.asked) + renewAgain))
		}
	}
	p.finish(q)
}
