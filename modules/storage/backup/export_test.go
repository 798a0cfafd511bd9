package backup

// Before has fn called before each step of the exchange of files; an error ends the restore as a crash would.
func (p *RestoreParams) Before(fn func(step string) error) { p.before = fn }
