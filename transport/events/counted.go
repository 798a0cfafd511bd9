package events

// Counted returns the backlog as it was counted last, some seconds ago, without asking any disk. A module whose backlog
// was not counted yet is left out.
func (o *Office) Counted() []ModuleBacklog {
	var out []ModuleBacklog
	for _, box := range o.outboxes {
		counted := box.counted.Load()
		if counted == nil {
			continue
		}
		for _, b := range *counted {
			out = append(out, ModuleBacklog{Module: box.module, Backlog: b})
		}
	}
	return out
}
