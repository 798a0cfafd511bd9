package backup

const (
	// journalRoom is how many bytes stay free, beside what the node reserves, while copies are made: what writers add to
	// the journals until the next look, many times over.
	journalRoom = 16 << 20
	// lookEvery is how much is copied between two looks, in bytes.
	lookEvery = 8 << 20
)

// checkJournals fails when a disk that holds one of the stores is about to get low. As long as a store is copied its
// journal only grows, and a node without a backup is better than one that takes no writes.
func (p *Params) checkJournals() error {
	for _, d := range p.Stores {
		free, err := d.Free()
		if err != nil {
			return err
		}
		if need := p.Reserve + journalRoom; free < need {
			return &RoomError{Dir: d.Dir(), Need: need, Free: free, Journals: true}
		}
	}
	return nil
}

// watch returns what is told of the progress of a module's copy.
func (p *Params) watch(module string) func(done, total int64) error {
	var looked int64
	return func(done, total int64) error {
		if p.Progress != nil {
			p.Progress(module, done, total)
		}
		if done-looked < lookEvery {
			return nil
		}
		looked = done
		return p.checkJournals()
	}
}
