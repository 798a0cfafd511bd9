package configs

// Entry is one setting as `config show --source` lists it.
type Entry struct {
	Key string
	// Value is the value as one would write it in the file, or *** for a secret that is set.
	Value string
	// Source says where the value came from: "default", "file holon.yaml:3:9", "env HOLON_X" or "flag --x".
	Source string
	// Env is the variable and Flag the flag, with its dashes, that set it; sections have no flags.
	Env, Flag string
	// Help is the sentence of the help tag.
	Help   string
	Secret bool
}

// hidden stands for a secret in every output.
const hidden = "***"

// Entries lists every setting: those of Config, then each section, in the order in which their structs declare them.
func (l *Loaded) Entries() []Entry {
	entries := make([]Entry, 0, len(l.settings.leaves))
	for _, leaf := range l.settings.leaves {
		e := Entry{
			Key: leaf.key, Value: render(leaf.value), Source: leaf.origin.String(),
			Env: leaf.env, Help: leaf.help, Secret: leaf.secret,
		}
		if leaf.flag != "" {
			e.Flag = "--" + leaf.flag
		}
		if leaf.secret && !leaf.value.IsZero() {
			e.Value = hidden
		}
		entries = append(entries, e)
	}
	return entries
}
