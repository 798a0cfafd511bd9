package backup

import (
	"fmt"
	"slices"

	"holon/modules/storage"
)

// exchange puts a module's copy in the place of what was there, and has the data dir remember the store that came.
// Until the plan is done no module opens, so nobody meets the one without the other.
func (l *plan) exchange(p *RestoreParams, module string) error {
	if err := l.place(p, module); err != nil {
		return err
	}
	at := slices.IndexFunc(l.Stores, func(s RestoredStore) bool { return s.Module == module })
	if at < 0 {
		return fmt.Errorf("%s does not say which store of module %s was restored", storage.SwapFile(p.DataDir), module)
	}
	if err := p.step("remember " + module); err != nil {
		return err
	}
	return storage.Remember(p.DataDir, module, l.Stores[at].StoreID)
}
