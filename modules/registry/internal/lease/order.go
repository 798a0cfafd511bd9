package lease

import (
	"cmp"
	"strings"

	"holon/modules/registry"
)

// compareStamps is the order of what is written of a key: by count, then by who wrote it.
func compareStamps(a, b registry.Stamp) int {
	return cmp.Or(cmp.Compare(a.Count, b.Count), strings.Compare(a.Node, b.Node))
}

// compareContent is the order of two records of a key without their deadlines and health; the greater is right. Behind the
// stamp are those that nobody should write with the same one: a goodbye before a lease, and then by revision. What is
// different is never equal, so all nodes choose alike.
func compareContent(a, b *lease) int {
	return cmp.Or(compareStamps(a.stamp, b.stamp), cmp.Compare(rank(a), rank(b)), cmp.Compare(a.revision, b.revision))
}

func rank(l *lease) int {
	if l.gone() {
		return 1
	}
	return 0
}

// compareHealth is the order of two findings on the same content.
func compareHealth(a, b *lease) int {
	return cmp.Or(
		compareStamps(a.checked, b.checked),
		strings.Compare(a.health.Status, b.health.Status),
		strings.Compare(a.health.Reason, b.health.Reason),
		a.health.Since.Compare(b.health.Since),
	)
}
