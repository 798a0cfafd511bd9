package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"holon/modules/user"
	"holon/transport/contract"
)

func newAPIKeyCreate(e environment) *cobra.Command {
	var at targeting
	var output format
	var r user.CreateAPIKeyRequest
	c := &cobra.Command{
		Use: "create --owner EMAIL --name NAME --scope SCOPE", Short: "make a key for a program and print it, this once",
		Long: "create makes a key and prints it; afterwards nobody can, for only a digest of it is kept. A scope is kind:name, such\n" +
			"as module:order; kinds are " + strings.Join(user.ScopeKinds(), ", ") + ". A name may end in * for all that begin so, and\n" +
			contract.ScopeAll + " alone is for all that the owner may do, but without the owner's roles: a key is never an admin.",
		Example: "  holon apikey create --owner ada@example.com --name ci --scope module:order --ttl 90d\n" +
			"  KEY=$(holon apikey create --owner ada@example.com --name shop --scope module:order --scope module:user)",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if r.Email == "" || r.Name == "" || len(r.Scopes) == 0 {
				return usage(c, "create needs --owner EMAIL, --name NAME and at least one --scope, such as module:order")
			}
			c.Flags().Lookup("name").Changed = false // for the settings, whose flag of this name is a node's
			n, err := at.find(c, e, true)            // any node: it asks module user, wherever that runs
			if err != nil {
				return err
			}
			var made user.CreateAPIKeyReply
			if err := n.change(c.Context(), "/user/create-api-key", r, &made); err != nil {
				return err
			}
			if output == "json" {
				return printJSON(c, made)
			}
			return writeNewAPIKey(c.OutOrStdout(), c.ErrOrStderr(), made)
		},
	}
	c.Flags().StringVar(&r.Email, "owner", "", "address of the account in whose place the program asks")
	c.Flags().StringVar(&r.Name, "name", "", fmt.Sprintf("tells the owner's keys apart; up to %d characters", user.MaxAPIKeyName))
	c.Flags().StringSliceVar(&r.Scopes, "scope", nil, fmt.Sprintf("what the key is for; up to %d, each a flag or parted by commas", user.MaxScopes))
	c.Flags().Var((*lifetime)(&r.TTL), "ttl", "after how long the key expires, such as 90d or 36h; 0, the default, for never")
	addAllButName(c, &at)
	output.addTo(c)
	return c
}

// addAllButName is addTo without the flag of a node's name, because a key has one here.
func addAllButName(c *cobra.Command, at *targeting) {
	var usual cobra.Command
	at.addTo(&usual)
	usual.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "name" {
			c.Flags().AddFlag(f)
		}
	})
}

// writeNewAPIKey prints the key alone where a shell takes it from, and beside it what to know of it.
func writeNewAPIKey(out, beside io.Writer, made user.CreateAPIKeyReply) error {
	if _, err := fmt.Fprintln(out, string(made.Text)); err != nil {
		return err
	}
	until := "until it is revoked"
	if at := made.APIKey.ExpiresAt; !at.IsZero() {
		until = "until " + at.Format(time.RFC3339)
	}
	_, err := fmt.Fprintf(beside, "\nThis is shown only now: keep it safe. It stands for %s %s, for %s.\n  → send it as Authorization: Bearer %s…\n",
		made.APIKey.OwnerEmail, until, strings.Join(made.APIKey.Scopes, ", "), user.APIKeyPrefix+made.APIKey.ID)
	return err
}

// lifetime is a duration that may be in days.
type lifetime time.Duration

// Set takes 90d, and what Go takes for a duration.
func (l *lifetime) Set(text string) error {
	d, err := time.ParseDuration(text)
	if days, found := strings.CutSuffix(text, "d"); found {
		var n uint64
		n, err = strconv.ParseUint(days, 10, 16)
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d < 0 {
		return errors.New("it is no lifetime, such as 90d, 36h or 0 for ever")
	}
	*l = lifetime(d)
	return nil
}

func (l *lifetime) String() string {
	if *l == 0 {
		return "0" // which help leaves out
	}
	return time.Duration(*l).String()
}

// Type is the word that help shows for the value.
func (l *lifetime) Type() string { return "duration" }
