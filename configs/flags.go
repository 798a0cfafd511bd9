package configs

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"
)

// AddFlags adds a flag for every setting of Config, and --config. The flags only carry text: Load gives it its
// meaning, so that a wrong value is reported in the same words wherever it was written.
func AddFlags(fs *pflag.FlagSet) {
	for _, l := range coreSettings().leaves {
		v := &flagText{kind: kindOf(l.value.Type()), list: l.isList()}
		def := render(l.value)
		if def == `""` {
			def = "empty"
		}
		f := fs.VarPF(v, l.flag, l.short, fmt.Sprintf("%s (%s, default %s)", l.help, l.env, def))
		if v.kind == "bool" {
			f.NoOptDefVal = "true"
		}
	}
	fs.Var(new(flagFile), "config", fmt.Sprintf(
		"file of settings; none reads no file (%s, default ./%s, then the user's, then the system's)", configEnv, fileName))
}

// Typed returns the flags of AddFlags that the user typed, by key, and the file of --config, empty if not given.
func Typed(fs *pflag.FlagSet) (flags map[string]string, file string) {
	flags = map[string]string{}
	for _, l := range coreSettings().leaves {
		if f := fs.Lookup(l.flag); f != nil && f.Changed {
			flags[l.key] = f.Value.String()
		}
	}
	if f := fs.Lookup("config"); f != nil {
		file = f.Value.String()
	}
	return flags, file
}

// coreSettings is the settings that have flags.
func coreSettings() *settings {
	core := Default()
	st, err := newSettings(&core, nil)
	if err != nil {
		panic(err) // impossible: Config is written in this package
	}
	return st
}

// applyFlags sets what the command line says, in the order of settings.
func (st *settings) applyFlags(flags map[string]string, p *problems) error {
	for key := range flags {
		if l := st.byKey[key]; l == nil || l.flag == "" {
			return fmt.Errorf("configs: %q has no flag", key)
		}
	}
	for _, l := range st.leaves {
		if text, ok := flags[l.key]; ok {
			p.add(l.take(text, Origin{Layer: FromFlag, Name: "--" + l.flag}))
		}
	}
	return nil
}

// flagText is what follows a flag. A list may be given in several parts: -m user -m order.
type flagText struct {
	text string
	kind string
	list bool
	set  bool
}

func (v *flagText) Set(text string) error {
	if v.list && v.set {
		text = v.text + "," + text
	}
	v.text, v.set = text, true
	return nil
}

func (v *flagText) String() string { return v.text }
func (v *flagText) Type() string   { return v.kind }

// flagFile refuses an empty path, which is what --config "$UNSET" makes: searching for another file then is not what
// anybody meant.
type flagFile string

func (v *flagFile) Set(text string) error {
	if text == "" {
		return errors.New("it is empty; name a file, or say none to read no file")
	}
	*v = flagFile(text)
	return nil
}

func (v *flagFile) String() string { return string(*v) }
func (v *flagFile) Type() string   { return "file" }

var (
	_ pflag.Value = (*flagText)(nil)
	_ pflag.Value = (*flagFile)(nil)
)
