package cluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// lookupTimeout is how long a seed's name may take to resolve.
const lookupTimeout = 2 * time.Second

// seed is where to look for the cluster. Its name is resolved for each join, because what is behind it changes.
type seed struct{ host, port string }

func (s seed) String() string { return net.JoinHostPort(s.host, s.port) }

func parseSeeds(list []string) ([]seed, error) {
	seeds := make([]seed, 0, len(list))
	for _, text := range list {
		s, err := parseSeed(text)
		if err != nil {
			return nil, err
		}
		seeds = append(seeds, s)
	}
	return seeds, nil
}

func parseSeed(text string) (seed, error) {
	s := seed{host: strings.Trim(text, "[]"), port: DefaultPort}
	if host, port, err := net.SplitHostPort(text); err == nil {
		s = seed{host: host, port: port}
	}
	n, err := strconv.ParseUint(s.port, 10, 16)
	odd := !plain(s.host) || strings.ContainsAny(s.host, "/@;~[]") || strings.Contains(s.host, ":") && net.ParseIP(s.host) == nil
	if err != nil || n == 0 || s.host == "" || odd {
		return seed{}, fmt.Errorf("seed %q is not a host or host:port", text)
	}
	return s, nil
}

// resolve returns the addresses of seeds in random order, at least enough when there are as many. Names that do not
// resolve are left out and reported together with what was found.
func (c *Cluster) resolve(ctx context.Context, enough int) (addrs []string, err error) {
	for _, i := range rand.Perm(len(c.seeds)) {
		found, problem := c.resolveSeed(ctx, c.seeds[i])
		if problem != nil {
			err = problem
		}
		for _, addr := range found {
			if addr != c.addr && !slices.Contains(addrs, addr) {
				addrs = append(addrs, addr)
			}
		}
		if len(addrs) >= enough {
			break
		}
	}
	rand.Shuffle(len(addrs), func(i, j int) { addrs[i], addrs[j] = addrs[j], addrs[i] })
	return addrs, err
}

func (c *Cluster) resolveSeed(ctx context.Context, s seed) ([]string, error) {
	if net.ParseIP(s.host) != nil {
		return []string{s.String()}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	ips, err := c.lookup(ctx, s.host)
	if err != nil {
		return nil, fmt.Errorf("look up seed %s: %w", s, err)
	}
	for i, ip := range ips {
		ips[i] = net.JoinHostPort(ip, s.port)
	}
	return ips, nil
}

func lookupHost(ctx context.Context, host string) ([]string, error) {
	return net.DefaultResolver.LookupHost(ctx, host)
}
