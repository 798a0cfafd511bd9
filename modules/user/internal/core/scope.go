package core

import (
	"slices"
	"strings"

	"holon/modules/user"
	"holon/transport/contract"
	"holon/transport/status"
)

// checkScopes takes what a key may be for. A scope that is misspelt covers nothing, and a key that fails much later is
// hard to explain, so the form is held to here; whether there is such a module is not, since it may come.
func checkScopes(scopes []string) error {
	switch {
	case len(scopes) == 0:
		return status.New(status.Invalid, "", "scopes must name what the key is for").
			With(status.DetailHint, "module:order is for one module, * for all that its owner may do")
	case len(scopes) > user.MaxScopes:
		return status.New(status.Invalid, "", "scopes must be %d at most, not %d", user.MaxScopes, len(scopes)).
			With(status.DetailHint, "a name may end in * for all that begin so: route:list-*")
	case len(scopes) > 1 && slices.Contains(scopes, contract.ScopeAll):
		return status.New(status.Invalid, "", "the scope * is everything, so the others narrow nothing").
			With(status.DetailHint, "leave out * or the others")
	}
	for i, scope := range scopes {
		if slices.Contains(scopes[:i], scope) {
			return status.New(status.Invalid, "", "the scope %.80q is given twice", scope)
		}
		if err := checkScope(scope); err != nil {
			return err
		}
	}
	return nil
}

func checkScope(scope string) error {
	if scope == contract.ScopeAll {
		return nil
	}
	kinds := user.ScopeKinds()
	kind, name, found := strings.Cut(scope, ":")
	switch {
	case !found:
		err := status.New(status.Invalid, "", "the scope %.80q is neither * nor kind:name", scope)
		if scopeName(scope) {
			return err.With(status.DetailHint, "did you mean module:"+scope+"?")
		}
		return err.With(status.DetailHint, "such as module:order")
	case !slices.Contains(kinds, kind):
		err := status.New(status.Invalid, "", "the scope %.80q is of no kind there is: %s", scope, strings.Join(kinds, ", "))
		if near := nearKind(kind, kinds); near != "" && scopeName(name) {
			return err.With(status.DetailHint, "did you mean "+near+":"+name+"?")
		}
		return err
	case !scopeName(name):
		return status.New(status.Invalid, "",
			"the name in the scope %.80q must have 1 to %d small letters, digits, dots, dashes and underscores, and may end in *",
			scope, user.MaxScope)
	}
	return nil
}

// scopeName reports whether a name can follow the colon. The * at its end counts.
func scopeName(name string) bool {
	if name == "" || len(name) > user.MaxScope {
		return false
	}
	return !strings.ContainsFunc(strings.TrimSuffix(name, "*"), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("._-", r)
	})
}

// nearKind returns the kind that was probably meant, "" for none. Plurals, abbreviations and most slips begin as their
// kind does, and no two kinds begin with the same two letters.
func nearKind(kind string, kinds []string) string {
	for _, k := range kinds {
		if len(kind) >= 2 && strings.EqualFold(kind[:2], k[:2]) {
			return k
		}
	}
	return ""
}
