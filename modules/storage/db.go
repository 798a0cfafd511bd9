package storage

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Params are what New needs.
type Params struct {
	// Module is the module's name, and the file's: <Dir>/<Module>.db.
	Module string
	// Dir is the data dir. It is made on Open, readable by its owner only, when it is not there.
	Dir string
	// Migrations holds goose SQL migrations at its root, named 00001_what.sql and so on.
	Migrations fs.FS
	// Node is this node's name, told to those who find the file locked. It may be empty.
	Node string
	Log  *slog.Logger
	// NewStore has Open accept what is in the data dir, whatever it remembers: a file that is gone is made anew, and
	// another store is taken as it is. From then on that one is remembered.
	NewStore bool
	// Metrics is where the module's storage metrics are registered; nil registers them nowhere.
	Metrics prometheus.Registerer
}

// queueLimit is how many writes may wait before the next waits for room: far more than there are callers in a healthy
// node, and few enough that a stuck disk shows as waiting callers and not as memory.
const queueLimit = 1024

// batchLimit is how many writes share one transaction at most. It bounds how long the first of them waits for the
// last; the gain of sharing a sync has flattened long before.
const batchLimit = 128

// DB is one module's database. It is made with New, used between Open and Close, and safe for concurrent use.
type DB struct {
	module, dir, path, node string
	newStore                bool
	placed                  atomic.Bool

	migrations fs.FS
	log        *slog.Logger
	metrics    *metrics
	batch      int

	own   *Queries[ownQueries]
	binds []binding
	parts []part
	queue chan *request
	gate  gate

	// life is held, as a token, by whoever opens or closes, and guards the fields up to the next comment.
	life   chan struct{}
	phase  phase
	lock   *Lock
	write  *sql.DB
	conn   *pinned
	read   *sql.DB
	writer *writer

	// file is the opened file, set before the gate opens.
	file os.FileInfo

	identity atomic.Pointer[identity]
	// corrupt is set once by the first error that says the file is damaged.
	corrupt atomic.Pointer[error]
	// wasFull is set by the first error that says there is no room, until a commit shows that there is.
	wasFull atomic.Bool
	// probed is when Check last saw a write reach the disk. It carries the monotonic clock: after the other was set back
	// a good answer must not hold for as long.
	probed atomic.Pointer[time.Time]
	// pause is what asks the writer to stand still, nil when nobody does.
	pause atomic.Pointer[pause]
}

type phase int

const (
	phaseNew phase = iota
	phaseOpen
	phaseClosed
)

// FileOf returns the name of a module's file in the data dir. Its journal has the same with one of Suffixes.
func FileOf(module string) string { return module + ".db" }

// Suffixes are what the names of the files end in that belong to a database file and are nothing without it.
var Suffixes = [...]string{"-wal", "-shm", "-journal"}

// LockFile returns the path of the lock that is held by whoever has the module's file.
func LockFile(dataDir, module string) string { return filepath.Join(dataDir, module+".lock") }

// IsModule reports whether name could be a module's.
func IsModule(name string) bool { return moduleName.MatchString(name) }

var moduleName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// New returns a database that Open will open. It touches no file; it fails on a missing parameter, on a module name
// that is not lower-case snake_case, and when the metrics of this module are registered already.
func New(p Params) (*DB, error) {
	switch {
	case !moduleName.MatchString(p.Module):
		return nil, fmt.Errorf("storage: module name %q is not lower-case snake_case of at most 63 characters", p.Module)
	case p.Dir == "":
		return nil, fmt.Errorf("storage of %s: no data dir is given", p.Module)
	case p.Migrations == nil:
		return nil, fmt.Errorf("storage of %s: no migrations are given", p.Module)
	case p.Log == nil:
		return nil, errors.New("storage of " + p.Module + ": no logger is given")
	}
	d := &DB{
		module:     p.Module,
		dir:        p.Dir,
		path:       filepath.Join(p.Dir, FileOf(p.Module)),
		node:       p.Node,
		newStore:   p.NewStore,
		migrations: p.Migrations,
		log:        p.Log,
		batch:      batchLimit,
		queue:      make(chan *request, queueLimit),
		life:       make(chan struct{}, 1),
	}
	d.metrics = newMetrics(func() float64 { return float64(len(d.queue)) })
	if err := d.metrics.register(p.Module, p.Metrics); err != nil {
		return nil, fmt.Errorf("storage of %s: register metrics: %w", p.Module, err)
	}
	d.own = Bind(d, prepareOwn)
	return d, nil
}

// Module returns the name of the module whose data this is.
func (d *DB) Module() string { return d.module }

// Dir returns the data dir.
func (d *DB) Dir() string { return d.dir }

// StoreID returns the UUIDv7 that was given to the file when it was made, "" before Open.
func (d *DB) StoreID() string {
	if id := d.identity.Load(); id != nil {
		return id.storeID
	}
	return ""
}
