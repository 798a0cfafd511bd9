package lease_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"holon/modules/modulestest"
	"holon/modules/registry"
	"holon/modules/registry/internal/lease"
	"holon/transport/status"
)

func TestValidateFillsIn(t *testing.T) {
	t.Parallel()
	tags := []string{"b", "a", "b"}
	got, err := lease.Validate("svc", "one", registry.Registration{
		Address: "Host.Example:0080", Version: "1.2.0-rc.1+x", Dependencies: []string{"user", "order", "user"}, Tags: tags,
		Metadata: map[string]string{}, Check: registry.Check{HTTP: "/health?deep=1"},
	})
	require.NoError(t, err)
	require.Equal(t, registry.Registration{
		Address: "host.example:80", Version: "1.2.0-rc.1+x", Dependencies: []string{"order", "user"}, Tags: []string{"a", "b"}, TTL: 30,
		Check: registry.Check{HTTP: "/health?deep=1", Every: 10, Rise: 2, Fall: 3},
	}, got)
	require.Equal(t, []string{"b", "a", "b"}, tags, "the caller's own")
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"10.0.0.1:80": "10.0.0.1:80", "[::1]:8080": "[::1]:8080", "[2001:DB8:0::1]:1": "[2001:db8::1]:1", "127.0.0.1:65535": "127.0.0.1:65535",
		"[::ffff:10.0.0.1]:80": "10.0.0.1:80", "localhost:1": "localhost:1", "A-1.b:00443": "a-1.b:443", "0xyz:1": "0xyz:1", "3com.com:1": "3com.com:1",
	} {
		got, err := lease.Validate("svc", "one", registry.Registration{Address: given})
		require.NoError(t, err, given)
		require.Equal(t, want, got.Address)
	}
	for _, bad := range []string{
		"", ":80", "host", "host:", "host:0", "host:65536", "host:+1", "host:-1", "host:http", "host:1:2", "::1:80", "[host]:80", "[10.0.0.1]:80",
		"0.0.0.0:1", "[::]:1", "224.0.0.1:1", "[ff02::1]:1", "169.254.169.254:80", "[fe80::1]:80", "[fe80::1%eth0]:80", "255.255.255.255:1",
		"[::ffff:169.254.169.254]:80", "[::ffff:0.0.0.0]:1", "2852039166:80", "0xa9fea9fe:80", "127.1:80", "a.0x1:80", "0x:1", "010.0.0.1:80",
		"-a:1", "a-:1", "a..b:1", "a.:1", ".a:1", "a_b:1", "höst:1", "a b:1", "a/b:1", "u@h:1", "a:1/", "a:1 ",
		strings.Repeat("a", 64) + ":1", strings.Repeat("a.", 127) + "a:1",
	} {
		_, err := lease.Validate("svc", "one", registry.Registration{Address: bad})
		require.Contains(t, modulestest.Refused(t, err, status.Invalid, "").Message, "address", bad)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 64)
	for _, service := range []string{"a", "0", "a.b-c_d", long} {
		_, err := lease.Validate(service, "one", plain)
		require.NoError(t, err, service)
	}
	for _, service := range []string{"", "A", "aB", "-a", ".a", "_a", "a b", "a/b", "é", "a\x00", long + "a"} {
		_, err := lease.Validate(service, "one", plain)
		require.Contains(t, modulestest.Refused(t, err, status.Invalid, "").Message, "service", service)
	}
	for _, id := range []string{"a", "...", "node~boot", "A:1@x,(y)", strings.Repeat("~", 128)} {
		_, err := lease.Validate("svc", id, plain)
		require.NoError(t, err, id)
	}
	for _, id := range []string{"", ".", "..", "a b", "a/b", "a?b", "a#b", "a%b", "\x7f", "é", strings.Repeat("a", 129)} {
		_, err := lease.Validate("svc", id, plain)
		require.Contains(t, modulestest.Refused(t, err, status.Invalid, "").Message, "id", id)
	}
}

func TestValidateRefuses(t *testing.T) {
	t.Parallel()
	many := func(n int) []string {
		all := make([]string, n)
		for i := range all {
			all[i] = fmt.Sprintf("t%d", i)
		}
		return all
	}
	keyed := make(map[string]string)
	for _, k := range many(registry.MaxMetadata + 1) {
		keyed[k] = ""
	}
	for field, regs := range map[string][]registry.Registration{
		"version":             {{Version: "1.2"}, {Version: "v1.2.0"}, {Version: "1.2.0-" + strings.Repeat("a", 128)}, {Version: "latest"}},
		"dependencies must":   {{Dependencies: many(33)}},
		"dependencies[1]":     {{Dependencies: []string{"user", "User"}}, {Dependencies: []string{"user", ""}}},
		"tags must":           {{Tags: many(17)}},
		"tags[0]":             {{Tags: []string{""}}, {Tags: []string{"-a"}}, {Tags: []string{"a b"}}, {Tags: []string{strings.Repeat("a", 65)}}},
		"metadata must":       {{Metadata: keyed}},
		"metadata key":        {{Metadata: map[string]string{"": "x"}}, {Metadata: map[string]string{"a\n": "x"}}},
		"metadata of":         {{Metadata: map[string]string{"k": "\x1b[2J"}}, {Metadata: map[string]string{"k": "\xff"}}, {Metadata: map[string]string{"k": strings.Repeat("a", 257)}}},
		"ttl_seconds":         {{TTL: 9}, {TTL: 3601}, {TTL: -1}},
		"http or tcp, not":    {{Check: registry.Check{HTTP: "/", TCP: true}}},
		"http or tcp":         {{Check: registry.Check{Every: 5}}, {Check: registry.Check{Rise: 1}}},
		"check.http":          {{Check: registry.Check{HTTP: "x"}}, {Check: registry.Check{HTTP: "//host/"}}, {Check: registry.Check{HTTP: "/#a"}}, {Check: registry.Check{HTTP: "/ "}}, {Check: registry.Check{HTTP: "/%zz"}}, {Check: registry.Check{HTTP: "/é"}}, {Check: registry.Check{HTTP: "/" + strings.Repeat("a", 256)}}},
		"check.every_seconds": {{Check: registry.Check{TCP: true, Every: 1}}, {Check: registry.Check{TCP: true, Every: 301}}},
		"check.rise":          {{Check: registry.Check{TCP: true, Rise: 11}}},
		"check.fall":          {{Check: registry.Check{TCP: true, Fall: -1}}},
	} {
		for _, r := range regs {
			r.Address = plain.Address
			_, err := lease.Validate("svc", "one", r)
			require.Contains(t, modulestest.Refused(t, err, status.Invalid, "").Message, field)
		}
	}
	t.Run("all at once", func(t *testing.T) {
		t.Parallel()
		_, err := lease.Validate("", "", registry.Registration{TTL: 1, Version: "x"})
		message := modulestest.Refused(t, err, status.Invalid, "").Message
		for _, field := range []string{"service", "id", "address", "version", "ttl_seconds"} {
			require.Contains(t, message, field)
		}
		_, err = lease.Validate("svc", "one", registry.Registration{Address: plain.Address, Dependencies: slices.Repeat([]string{"A"}, 32)})
		require.Contains(t, modulestest.Refused(t, err, status.Invalid, "").Message, "; and 22 more")
	})
}

func FuzzRegistration(f *testing.F) {
	for _, r := range []registry.Registration{plain, other, checked, {
		Address: "[2001:DB8::1]:0443", Version: "1.2.0", Dependencies: []string{"b", "a"}, Metadata: map[string]string{"zone": "eu é"}, TTL: 60,
		Check: registry.Check{HTTP: "/h?x=1", Every: 2},
	}} {
		raw, err := json.Marshal(registry.PutRequest{Service: "svc", ID: "one", Registration: r})
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Add([]byte(`{"service":"s","id":"..","registration":{"address":"169.254.1.1:1","check":{"every_seconds":-1}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var put registry.PutRequest
		if json.Unmarshal(raw, &put) != nil {
			return
		}
		r, err := lease.Validate(put.Service, put.ID, put.Registration)
		if err != nil {
			modulestest.Refused(t, err, status.Invalid, "")
			return
		}
		again, err := lease.Validate(put.Service, put.ID, r)
		require.NoError(t, err)
		require.Equal(t, r, again)
		within(t, put.Service, put.ID, r)
		crossed, err := json.Marshal(r)
		require.NoError(t, err)
		var back registry.Registration
		require.NoError(t, json.Unmarshal(crossed, &back))
		require.Equal(t, r, back, "the same on the other side")
	})
}

// within are the bounds of the contract.
func within(t *testing.T, service, id string, r registry.Registration) {
	t.Helper()
	between := func(least, n, most int) { require.True(t, least <= n && n <= most, "%d of %d to %d", n, least, most) }
	between(1, len(service), registry.MaxName)
	between(1, len(id), registry.MaxID)
	between(3, len(r.Address), registry.MaxAddress)
	between(registry.MinTTL, r.TTL, registry.MaxTTL)
	between(0, len(r.Dependencies), registry.MaxDependencies)
	between(0, len(r.Tags), registry.MaxTags)
	between(0, len(r.Metadata), registry.MaxMetadata)
	between(0, len(r.Check.HTTP), registry.MaxCheckPath)
	for _, tag := range r.Tags {
		between(1, len(tag), registry.MaxTag)
	}
	for k, v := range r.Metadata {
		between(1, len(k), registry.MaxMetadataKey)
		between(0, len(v), registry.MaxMetadataValue)
	}
	require.True(t, slices.IsSorted(r.Tags) && slices.IsSorted(r.Dependencies))
	if r.Check != (registry.Check{}) {
		require.NotEqual(t, r.Check.TCP, r.Check.HTTP != "")
		between(2, r.Check.Every, 300)
		between(1, r.Check.Rise, 10)
		between(1, r.Check.Fall, 10)
	}
}
