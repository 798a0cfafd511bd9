package backup

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"holon/modules/storage"
)

// maxDifferences is how many of a file's differences are told: those that follow are of the same cause.
const maxDifferences = 5

// differ compares what a file holds with what the manifest says of it.
func differ(has storage.Contents, s Store) error {
	found := compare(has.Schema, s.Schema, "the schema of %s has version %d", "the schema of %s is missing")
	found = append(found, compare(has.Rows, s.Rows, "%s has %d rows", "%s is missing")...)
	if len(found) == 0 {
		return nil
	}
	if more := len(found) - maxDifferences; more > 0 {
		found = append(found[:maxDifferences], fmt.Sprintf("and %d more", more))
	}
	return errors.New(s.Module + ": " + strings.Join(found, "; "))
}

// compare lists where two counts differ, by name. number says what the file has of a name, missing that it has nothing.
func compare(has, says map[string]int64, number, missing string) (found []string) {
	all := map[string]int64{}
	maps.Copy(all, has)
	maps.Copy(all, says)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		n, there := has[name]
		want, told := says[name]
		if there == told && n == want {
			continue
		}
		text := fmt.Sprintf(missing, name)
		if there {
			text = fmt.Sprintf(number, name, n)
		}
		if told {
			text += fmt.Sprintf(", the manifest says %d", want)
		} else {
			text += ", the manifest has no such name"
		}
		found = append(found, text)
	}
	return found
}
