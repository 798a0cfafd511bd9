package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"holon/modules/user"
	"holon/transport/contract"
)

// apiKeyList is what `holon apikey ls -o json` promises.
type apiKeyList struct {
	Items []user.APIKey `json:"items"`
}

func newAPIKeyList(e environment) *cobra.Command {
	var at targeting
	var output format
	var owner string
	c := &cobra.Command{
		Use: "ls", Short: "list the keys of an account, or of all: what each is for and until when",
		Long: "ls lists keys that are neither revoked nor expired, by account, the oldest first, and by name. It needs the token of\n" +
			"the node, since it shows addresses.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			n, err := at.find(c, e, true)
			if err != nil {
				return err
			}
			l := apiKeyList{Items: []user.APIKey{}}
			for r := (user.ListAPIKeysRequest{Email: owner, Limit: contract.MaxPageLimit}); ; {
				var page user.APIKeyPage
				if err := n.changeWithin(c.Context(), callTimeout, "/user/list-api-keys", r, &page); err != nil {
					return err
				}
				l.Items = append(l.Items, page.Items...)
				if r.Cursor = page.NextCursor; r.Cursor == "" {
					break
				}
			}
			if output == "json" {
				return printJSON(c, l)
			}
			return l.writeTo(c.OutOrStdout())
		},
	}
	c.Flags().StringVar(&owner, "owner", "", "only the keys of the account with this address")
	at.addTo(c)
	output.addTo(c)
	return c
}

func (l apiKeyList) writeTo(w io.Writer) error {
	if len(l.Items) == 0 {
		_, err := fmt.Fprintln(w, "there are no such keys\n  → make one with: holon apikey create --owner EMAIL --name NAME --scope module:order")
		return err
	}
	t := newTable("ID", "OWNER", "NAME", "SCOPES", "CREATED", "EXPIRES")
	for _, k := range l.Items {
		expires := "never"
		if !k.ExpiresAt.IsZero() {
			expires = stamp(k.ExpiresAt)
		}
		t.row(k.ID, k.OwnerEmail, k.Name, strings.Join(k.Scopes, ", "), stamp(k.CreatedAt), expires)
	}
	return t.writeTo(w)
}
