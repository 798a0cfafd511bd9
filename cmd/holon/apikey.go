package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"holon/modules/user"
)

func newAPIKey(e environment) *cobra.Command {
	c := &cobra.Command{
		Use: "apikey", Short: "make, list and revoke the keys of programs", Args: knownVerb,
		Long: "apikey works on API keys. A program that sends one asks in its owner's place, within the key's scopes. A key carries\n" +
			"no roles: it is never an admin, whoever its owner is. It ends when it is revoked, when it expires, and when its owner's\n" +
			"account is deleted.",
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newAPIKeyCreate(e), newAPIKeyList(e), newAPIKeyRevoke(e))
	return c
}

func newAPIKeyRevoke(e environment) *cobra.Command {
	var at targeting
	var output format
	c := &cobra.Command{
		Use: "revoke ID", Short: "end a key for good",
		Long: "revoke ends a key. ID is what `holon apikey ls` shows: the 16 characters after holon_ in the key's text.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := apiKeyID(c, args[0])
			if err != nil {
				return err
			}
			n, err := at.find(c, e, true) // any node: it asks module user, wherever that runs
			if err != nil {
				return err
			}
			var k user.APIKey
			if err := n.change(c.Context(), "/user/revoke-api-key", user.RevokeAPIKeyRequest{ID: id}, &k); err != nil {
				return err
			}
			if output == "json" {
				return printJSON(c, k)
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "key %s (%s) of %s is revoked\n", k.ID, printable(k.Name), k.OwnerEmail)
			return err
		},
	}
	at.addTo(c)
	output.addTo(c)
	return c
}

// apiKeyID takes an id, and a whole key too, which is what people have at hand: its secret goes no further than this.
// What is neither may be a part of a key, so it is not repeated.
func apiKeyID(c *cobra.Command, text string) (string, error) {
	if id, _, ok := user.ParseAPIKey(text); ok {
		return id, nil
	}
	if id := strings.TrimPrefix(text, user.APIKeyPrefix); user.IsAPIKeyID(id) {
		return id, nil
	}
	return "", usage(c, fmt.Sprintf("that is no id of a key: it has %d small letters and digits; holon apikey ls shows them", user.APIKeyIDLength))
}
