package storage

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// pinned is the writer's connection. It remembers the statements prepared on it: database/sql closes those of a pool
// by itself but not those of a connection, and a connection with an open statement stays open, file and all.
type pinned struct {
	*sql.Conn

	mu    sync.Mutex
	stmts []*sql.Stmt
}

// PrepareContext prepares a statement that lives as long as the connection.
func (p *pinned) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	s, err := p.Conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stmts = append(p.stmts, s)
	return s, nil
}

// Close closes the statements and gives the connection back to its pool.
func (p *pinned) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, s := range p.stmts {
		errs = append(errs, s.Close())
	}
	p.stmts = nil
	return errors.Join(append(errs, p.Conn.Close())...)
}

var (
	_ DBTX = (*pinned)(nil)
	_ DBTX = (*sql.DB)(nil)
)
