package storage

import "os"

// Stats is what is known of a database without asking it.
type Stats struct {
	// File and Journal are bytes on disk, 0 when there is no such file.
	File, Journal int64
	// Queued is how many writes wait for the writer.
	Queued int
	// Free is how many bytes the disk has left, -1 when it would not say.
	Free int64
	// Corrupt says what is wrong with the file, "" as long as nothing is known to be.
	Corrupt string
}

// Stats returns the state of the database now. It may be asked at any time and waits for nobody.
func (d *DB) Stats() Stats {
	s := Stats{File: sizeOf(d.path), Journal: sizeOf(journalOf(d.path)), Queued: len(d.queue)}
	var err error
	if s.Free, err = d.Free(); err != nil {
		s.Free = -1
	}
	if err := d.corrupt.Load(); err != nil {
		s.Corrupt = (*err).Error()
	}
	return s
}

// sizeOf asks for the file by its name: opening and closing it would drop the database's locks.
func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
