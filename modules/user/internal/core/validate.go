package core

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"holon/modules/user"
	"holon/transport/status"
)

func checkName(name string, most int) error {
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return status.New(status.Invalid, "", "name has characters that are not text")
	}
	if n := utf8.RuneCountInString(name); n < 1 || n > most || strings.TrimSpace(name) == "" {
		return status.New(status.Invalid, "", "name must have 1 to %d characters", most)
	}
	return nil
}

// checkEmail takes a bare address of RFC 5322; whether mail arrives there is not for this module to know.
func checkEmail(email string) error {
	a, err := mail.ParseAddress(email)
	if err != nil || a.Address != email || a.Name != "" || len(email) > user.MaxEmail {
		return status.New(status.Invalid, "", "email must be an e-mail address of at most %d bytes", user.MaxEmail)
	}
	return nil
}

func checkPassword(password string) error {
	if !utf8.ValidString(password) {
		return status.New(status.Invalid, "", "password has characters that are not text")
	}
	if n := utf8.RuneCountInString(password); n < user.MinPassword || n > user.MaxPassword {
		return status.New(status.Invalid, "", "password must have %d to %d characters", user.MinPassword, user.MaxPassword)
	}
	return nil
}

// EmailKey is the form in which addresses are compared: the same for two that differ only in case, and for no others.
func EmailKey(email string) string { return strings.Map(fold, email) }

// fold returns one and the same rune for all forms of a letter. Lower case would not do: σ and ς both are, and i is
// that of two letters.
func fold(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}
