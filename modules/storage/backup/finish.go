package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"holon/modules/storage"
)

// finish does what an interrupted restore has left to do, nothing when there is none, and reports whether it was what p
// asks for.
func (p *RestoreParams) finish() (_ Restored, same bool, err error) {
	text, err := os.ReadFile(storage.SwapFile(p.DataDir))
	if errors.Is(err, fs.ErrNotExist) {
		return Restored{}, false, nil
	}
	var left plan
	if err == nil {
		err = json.Unmarshal(text, &left)
	}
	if err != nil {
		return Restored{}, false, fmt.Errorf("read what an interrupted restore has left to do: %w", err)
	}
	locks, err := p.lockModules(left.Modules)
	if err != nil {
		return Restored{}, false, err
	}
	defer func() { err = errors.Join(err, locks.release()) }()
	p.Log.Info("finishing an interrupted restore", "from", left.From, "modules", left.Modules)
	r, err := left.swap(p)
	if err != nil {
		return Restored{}, false, err
	}
	r.Finished = true
	if same = p.asks(&left); !same {
		p.Log.Warn("finished an interrupted restore first", "from", left.From, "data_dir", p.DataDir,
			"taken_at", r.Manifest.TakenAt, "replaced", r.Replaced)
	}
	r.from = left.From
	return r, same, nil
}

// asks reports whether p is the request that l came from. A backup that is not there any more, or not at the moment,
// is not another one.
func (p *RestoreParams) asks(l *plan) bool {
	wanted := slices.Sorted(slices.Values(p.Only))
	if len(wanted) == 0 {
		wanted = l.Manifest.Modules()
	}
	if p.From != l.From || !slices.Equal(slices.Compact(wanted), l.Modules) {
		return false
	}
	m, err := Read(p.From)
	return err != nil || m.TakenAt.Equal(l.Manifest.TakenAt)
}
