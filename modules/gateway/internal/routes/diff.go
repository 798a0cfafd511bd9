package routes

import (
	"reflect"
	"slices"
)

// Diff is what sets a table apart from the one before, by names of routes.
type Diff struct {
	Added   []string `json:"added"`
	Removed []string `json:"removed"`
	Changed []string `json:"changed"`
	Same    int      `json:"same"`
}

// Compare tells what became of the routes.
func Compare(before, after *Table) Diff {
	d := Diff{Added: []string{}, Removed: []string{}, Changed: []string{}}
	was := make(map[string]Route)
	for _, r := range before.Routes() {
		was[r.Name] = r.Route
	}
	for _, r := range after.Routes() {
		old, known := was[r.Name]
		delete(was, r.Name)
		switch {
		case !known:
			d.Added = append(d.Added, r.Name)
		case reflect.DeepEqual(old, r.Route):
			if !r.Own {
				d.Same++
			}
		default:
			d.Changed = append(d.Changed, r.Name)
		}
	}
	for _, r := range before.Routes() {
		if _, gone := was[r.Name]; gone {
			d.Removed = append(d.Removed, r.Name)
		}
	}
	for _, list := range [][]string{d.Added, d.Removed, d.Changed} {
		slices.Sort(list)
	}
	return d
}
