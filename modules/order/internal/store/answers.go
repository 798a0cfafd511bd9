package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"holon/modules/order/internal/core"
	"holon/modules/order/internal/store/db"
)

func (r rows) Answer(ctx context.Context, s core.Scope) (core.Answer, error) {
	row, err := r.q.Answer(ctx, db.AnswerParams{Subject: s.Subject, Operation: s.Operation, Key: s.Key})
	if err != nil {
		return core.Answer{}, found(err)
	}
	a := core.Answer{Scope: s, Fingerprint: row.Fingerprint, GivenAt: time.UnixMicro(row.CreatedAt).UTC()}
	if err := json.Unmarshal([]byte(row.Answer), &a.Order); err != nil {
		return core.Answer{}, fmt.Errorf("decode the answer to key %q: %w", s.Key, err)
	}
	return a, nil
}

func (r rows) PutAnswer(ctx context.Context, a core.Answer, expired time.Time) (bool, error) {
	answer, err := json.Marshal(a.Order)
	if err != nil {
		return false, fmt.Errorf("encode the answer to key %q: %w", a.Key, err)
	}
	n, err := r.q.PutAnswer(ctx, db.PutAnswerParams{
		Subject: a.Subject, Operation: a.Operation, Key: a.Key, Answer: string(answer), CreatedAt: a.GivenAt.UnixMicro(),
		Fingerprint: append([]byte{}, a.Fingerprint...), // none is stored as empty: nil would be NULL
		CreatedAt_2: expired.UnixMicro(),
	})
	return n > 0, err
}

func (r rows) RemoveAnswers(ctx context.Context, before time.Time, limit int) (int, error) {
	n, err := r.q.RemoveAnswersBefore(ctx, db.RemoveAnswersBeforeParams{CreatedAt: before.UnixMicro(), Limit: int32(limit)})
	return int(n), err
}
