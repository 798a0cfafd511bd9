package backup

// Before has fn called before each step of the exchange of files; an error ends the restore as a crash would.
func (p *RestoreParams) Before(fn func(step string) error) { p.before = fn }

// Published has fn called just before and after a backup gets its name.
func (p *Params) Published(fn func(after bool)) { p.published = fn }

// Denied says of an error of the system who was not allowed to write.
var Denied = denied
