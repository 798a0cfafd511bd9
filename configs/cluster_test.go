package configs_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"holon/configs"
)

func TestClusterSettings(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*configs.Config)
		want   string
	}{
		"as they are": {func(*configs.Config) {}, ""},
		"seeds": {func(c *configs.Config) {
			c.Join = []string{"127.0.0.1:7946", "seed.example", "10.0.0.1", "::1", "[::1]:7946"}
		}, ""},
		"a seed with a path": {func(c *configs.Config) { c.Join = []string{"http://seed:7946"} }, "join must be host or host:port"},
		"an empty seed":      {func(c *configs.Config) { c.Join = []string{""} }, "join must be host or host:port"},
		"a seed's bad port":  {func(c *configs.Config) { c.Join = []string{"seed:70000"} }, "join must be host or host:port"},
		"gossip on a name":   {func(c *configs.Config) { c.Gossip.Addr = "localhost:7946" }, "gossip.addr must begin with an IP address"},
		"gossip for all":     {func(c *configs.Config) { c.Gossip.Addr = "0.0.0.0:7946" }, "gossip.addr is \"0.0.0.0:7946\", which other machines reach"},
		"calls for all":      {func(c *configs.Config) { c.Node.Addr = "10.0.0.1:7947" }, "node.addr is \"10.0.0.1:7947\", which other machines reach"},
		"trusted, unnamed": {func(c *configs.Config) { c.InsecureNetwork, c.Node.Addr = true, ":7947" },
			"by which no other node can reach this one"},
		"trusted and named": {func(c *configs.Config) {
			c.InsecureNetwork, c.Node.Addr, c.Gossip.Addr, c.Advertise = true, ":7947", "0.0.0.0:7946", "10.0.0.1"
		}, ""},
		"named, and closed": {func(c *configs.Config) { c.Advertise = "10.0.0.1" }, "this node listens for others on 127.0.0.1 only"},
		"trusted": {func(c *configs.Config) {
			c.InsecureNetwork, c.Node.Addr, c.Gossip.Addr = true, "10.0.0.1:7947", "10.0.0.1:7946"
		}, ""},
		"a port to advertise":  {func(c *configs.Config) { c.Advertise = "10.0.0.1:7946" }, "advertise must be an IP address or a host name without a port"},
		"a cluster's name":     {func(c *configs.Config) { c.Cluster = "shop" }, ""},
		"a cluster's odd name": {func(c *configs.Config) { c.Cluster = "my shop" }, "cluster must be 1 to 32 letters"},
	} {
		t.Run(name, func(t *testing.T) {
			config := configs.Default()
			c.change(&config)
			err := config.Validate()
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}
