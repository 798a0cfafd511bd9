package configs

import (
	"errors"
	"strings"
)

// Sources is everything Load looks at. It reads no environment, flag or working directory by itself.
type Sources struct {
	// Flags holds the text of the flags the user typed, by key; see Typed.
	Flags map[string]string
	// Env is the environment in the form of os.Environ. It also says where the user's own file would be.
	Env []string
	// KnownEnv names HOLON_* variables that are no settings and mean something elsewhere, such as to client commands.
	KnownEnv []string
	// File is what --config said: a path, or "none" for no file. Empty leaves it to HOLON_CONFIG and the search.
	File string
	// Dir is where relative paths start; empty means the working directory.
	Dir string
	// Etc is the folder of the system's configuration; empty means /etc.
	Etc string
}

// Loaded is the settings a node starts with.
type Loaded struct {
	Config Config
	// File is the path that was read, as the user would type it, or empty.
	File string
	// Warnings are sentences worth a line in the log.
	Warnings []string

	settings *settings
}

// Load puts the layers together, writes the sections' settings where their Into points, and validates all of it
// against the given valid module names. What the user got wrong comes back as one error that joins an *Error for each
// fault; a Loaded then comes with it that holds what was understood, fit to be shown and not to be run. Any other
// error is a mistake in the calling program, and Loaded is nil.
//
// Validation waits until everything the user said was understood: next to a mistyped key it would complain of values
// that nobody meant.
func Load(s Sources, modules []string, sections ...Section) (*Loaded, error) {
	l := &Loaded{Config: Default()}
	st, err := newSettings(&l.Config, sections)
	if err != nil {
		return nil, err
	}
	l.settings = st

	p := &problems{}
	path, text, e := s.open()
	p.add(e)
	l.File = path
	src := newSource(path, text, st)
	src.apply(p)
	l.Warnings = st.applyEnv(s.Env, s.KnownEnv, p)
	if err := st.applyFlags(s.Flags, p); err != nil {
		return nil, err
	}
	if len(p.errs) == 0 {
		st.validate(&l.Config, modules, sections, p)
	}
	for _, e := range p.errs {
		e.Excerpt = src.excerpt(e.Origin)
	}
	return l, p.join()
}

// Origin tells where the value of key came from. A key that does not exist has the zero Origin, the default.
func (l *Loaded) Origin(key string) Origin {
	if leaf := l.settings.byKey[key]; leaf != nil {
		return leaf.origin
	}
	return Origin{}
}

// validate asks the core and every section, and puts to each complaint where the value was set.
func (st *settings) validate(core *Config, modules []string, sections []Section, p *problems) {
	for _, bad := range checkModules(core.Modules, modules) {
		p.add(bad.at("modules", st.byKey["modules"].at(bad.item)))
	}
	st.blame("", core.Validate(), p)
	for _, s := range sections {
		if v, ok := s.Into.(interface{ Validate() error }); ok {
			st.blame(s.Key, v.Validate(), p)
		}
	}
}

// blame turns what a Validate method of the given group returned into errors that say where.
func (st *settings) blame(group string, err error, p *problems) {
	if err == nil {
		return
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range many.Unwrap() {
			st.blame(group, err, p)
		}
		return
	}
	var bad *invalid
	if !errors.As(err, &bad) { // the complaint is about the group as a whole
		p.add(&Error{Origin: st.lines[group], Key: group, Message: group + ": " + firstLine(err.Error())})
		return
	}
	key := join(group, bad.key)
	from := st.lines[key]
	if l := st.byKey[key]; l != nil {
		from = l.origin
	}
	if inItem(key) && from.Layer == FromDefault { // what is missing is missing in some group of the file
		from = st.lines[key[:strings.LastIndexByte(key, ']')+1]]
	}
	p.add(bad.at(key, from))
}

// at is the complaint about the setting of the given full key.
func (e *invalid) at(key string, from Origin) *Error {
	return &Error{Origin: from, Key: key, Message: key + " " + e.message, Hint: e.hint}
}
