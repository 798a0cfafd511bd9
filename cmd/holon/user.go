package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"holon/modules/user"
)

func newUser(e environment) *cobra.Command {
	c := &cobra.Command{
		Use: "user", Short: "work on accounts and signing keys", Args: knownVerb,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newPromote(e), newRotateKeys(e))
	return c
}

func newPromote(e environment) *cobra.Command {
	var t targeting
	c := &cobra.Command{
		Use: "promote EMAIL", Short: "make the account with this address an admin, from its next sign-in on",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := t.find(c, e, true) // any node: it asks module user, wherever that runs
			if err != nil {
				return err
			}
			var u user.User
			if err := n.change(c.Context(), "/user/promote", user.PromoteRequest{Email: args[0]}, &u); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s (%s) is an admin from the next sign-in on\n", u.Email, u.ID)
			return err
		},
	}
	t.addTo(c)
	return c
}

func newRotateKeys(e environment) *cobra.Command {
	var t targeting
	c := &cobra.Command{
		Use: "rotate-keys", Short: "sign new tokens with the next key; tokens already issued stay good",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			n, err := t.find(c, e, true)
			if err != nil {
				return err
			}
			var set user.KeySet
			if err := n.change(c.Context(), "/user/rotate-keys", nil, &set); err != nil {
				return err
			}
			for _, k := range set.Keys {
				if _, err := fmt.Fprintf(c.OutOrStdout(), "%-8s  %s  since %s\n", k.State, k.ID, k.CreatedAt.Format("2006-01-02T15:04:05Z07:00")); err != nil {
					return err
				}
			}
			return nil
		},
	}
	t.addTo(c)
	return c
}
