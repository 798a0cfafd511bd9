package core

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"holon/modules/user"
	"holon/transport/contract"
	"holon/transport/status"
)

// Login issues an access token for an address and its password. Whatever is wrong, the answer and the time it takes
// are the same, so that nobody learns which addresses have an account.
func (c *Core) Login(ctx context.Context, r user.LoginRequest) (user.Session, error) {
	if utf8.RuneCountInString(r.Password) > user.MaxPassword || len(r.Email) > user.MaxEmail {
		// Such a password cannot be anybody's; hashing it would cost by its length.
		r.Password, r.Email = "", ""
	}
	var a Account
	err := c.store.View(ctx, func(ctx context.Context, rows Rows) (err error) {
		a, err = rows.AccountByEmail(ctx, r.Email)
		return err
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		return user.Session{}, err
	}
	ok, err := c.hasher.matches(ctx, r.Password, a.PasswordHash)
	if err != nil {
		return user.Session{}, err
	}
	if !ok {
		return user.Session{}, status.New(status.Unauthenticated, "wrong_credentials", "the e-mail address or the password is wrong")
	}
	return c.session(a)
}

// claims are what a token says. Roles are those of the moment of signing in.
type claims struct {
	jwt.RegisteredClaims
	Roles []string `json:"roles,omitempty"`
}

func (c *Core) session(a Account) (user.Session, error) {
	signer := c.signer.Load()
	if signer == nil {
		return user.Session{}, status.New(status.Unavailable, "", "the module has not started")
	}
	id, err := uuid.NewV7()
	if err != nil {
		return user.Session{}, fmt.Errorf("make a token id: %w", err)
	}
	now := c.now()
	body := claims{RegisteredClaims: jwt.RegisteredClaims{
		Issuer: user.Issuer, Audience: jwt.ClaimStrings{user.Audience}, Subject: a.ID, ID: id.String(),
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(c.settings.TokenTTL)),
	}}
	if a.Admin {
		body.Roles = []string{contract.RoleAdmin}
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, body)
	token.Header["kid"] = signer.ID
	signed, err := token.SignedString(signer.Private)
	if err != nil {
		return user.Session{}, fmt.Errorf("sign a token: %w", err)
	}
	return user.Session{
		AccessToken: signed, TokenType: "Bearer", ExpiresIn: int64(c.settings.TokenTTL.Seconds()),
	}, nil
}
