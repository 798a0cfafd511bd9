package configs

import "strings"

// suggest returns the hint for a word that is none of the candidates: the one that was probably meant, else all.
func suggest(word string, candidates []string, listTitle string) string {
	if best := Nearest(word, candidates); best != "" {
		return didYouMean(best)
	}
	return listTitle + ": " + strings.Join(candidates, ", ")
}

func didYouMean(word string) string { return `did you mean "` + word + `"?` }

// Nearest returns the candidate that word was probably meant to be, the first of equals, or "" when none is close.
func Nearest(word string, candidates []string) string {
	best, least := "", maxDistance+1
	for _, c := range candidates {
		if d, ok := near(word, c); ok && d < least {
			best, least = c, d
		}
	}
	return best
}

// maxDistance is the most slips of the finger a suggestion is offered for.
const maxDistance = 2

// near tells whether word is so close to the candidate that it is likely a slip, and by how many slips. Short names
// allow fewer, for in four letters two slips make another word: HOLON_HOME is no mistyped HOLON_NAME.
func near(word, candidate string) (int, bool) {
	limit := min(maxDistance, max(1, len(candidate)/3))
	if abs(len(word)-len(candidate)) > 4*limit { // a character has at most four bytes
		return 0, false
	}
	d := distance([]rune(strings.ToLower(word)), []rune(strings.ToLower(candidate)))
	return d, d <= limit && d < len(candidate)
}

func abs(n int) int { return max(n, -n) }

// distance counts the insertions, deletions, replacements and swaps of neighbours that turn a into b (optimal string
// alignment). It keeps three rows of the table: the present one, the one before, and for swaps the one before that.
func distance(a, b []rune) int {
	older, old, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range old {
		old[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(old[j]+1, row[j-1]+1, old[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
		older, old, row = old, row, older
	}
	return old[len(b)]
}
