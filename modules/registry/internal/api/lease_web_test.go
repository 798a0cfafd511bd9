package api_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"holon/modules"
	"holon/modules/gateway/gatewayfx"
	"holon/modules/modulestest"
	"holon/modules/registry/registryfx"
	"holon/modules/user"
	"holon/modules/user/userfx"
	"holon/transport/contract"
)

// client asks a node's API, with an API key or without.
type client struct {
	t   *testing.T
	n   *modulestest.Node
	key string
}

func (c client) do(method, path string, body any, headers ...string) modulestest.Reply {
	c.t.Helper()
	h := make(map[string]string)
	for i := 0; i < len(headers); i += 2 {
		h[headers[i]] = headers[i+1]
	}
	return c.n.Do(c.t, modulestest.Request{Method: method, Path: path, Token: c.key, Body: body, Header: h})
}

func (c client) get(path string, headers ...string) modulestest.Reply {
	c.t.Helper()
	return c.do(http.MethodGet, path, nil, headers...)
}

func (c client) put(service, id string, body any) modulestest.Reply {
	c.t.Helper()
	return c.do(http.MethodPut, "/registry/services/"+service+"/instances/"+id, body)
}

// outside runs a test in every mode, with accounts and keys.
func outside(t *testing.T, test func(t *testing.T, n *modulestest.Node, key func(scopes ...string) client)) {
	t.Parallel()
	placed := []modules.Module{gatewayfx.Module(), registryfx.Module(), userfx.Module()}
	modulestest.Each(t, placed, func(t *testing.T, n *modulestest.Node) {
		n.SignUp(t, "ada@example.com")
		operator := modulestest.Client[user.Service](n, "user", contract.Node)
		test(t, n, func(scopes ...string) client {
			made, err := operator.CreateAPIKey(t.Context(), user.CreateAPIKeyRequest{Email: "ada@example.com", Name: scopes[0], Scopes: scopes})
			require.NoError(t, err)
			return client{t, n, string(made.Text)}
		})
	})
}

var plain = map[string]any{"address": "10.0.0.1:9000"}

func TestLeases(t *testing.T) {
	outside(t, func(t *testing.T, n *modulestest.Node, key func(...string) client) {
		shop, anybody := key("registry:shop"), client{t, n, ""}
		token := n.SignIn(t, "ada@example.com")
		const at = "/registry/services/shop/instances/1"

		full := map[string]any{"address": "10.0.0.1:9000", "version": "1.2.0", "dependencies": []string{"stock"}, "tags": []string{"blue"},
			"metadata": map[string]string{"zone": "eu"}, "ttl_seconds": 60, "check": map[string]any{"tcp": true, "every_seconds": 300}}
		made := shop.put("shop", "1", full).OK(t, http.StatusOK, "created", "revision", "ttl_seconds", "heartbeat_seconds")
		require.EqualValues(t, 60, made["ttl_seconds"])
		require.EqualValues(t, 20, made["heartbeat_seconds"])
		again := shop.put("shop", "1", full).OK(t, http.StatusOK, "revision", "ttl_seconds", "heartbeat_seconds")
		require.Equal(t, made["revision"], again["revision"])

		l := anybody.get("/registry/services/shop").OK(t, http.StatusOK, "name", "instances")
		i := l["instances"].([]any)[0].(map[string]any)
		modulestest.HasNames(t, i, "id", "kind", "node", "version", "address", "state", "health", "dependencies", "metadata", "tags", "ttl_seconds", "since")
		require.Equal(t, []any{"lease", "ready", "1.2.0"}, []any{i["kind"], i["state"], i["version"]})

		beat := func(query string) modulestest.Reply { return shop.do(http.MethodPost, at+"/heartbeat"+query, nil) }
		beat("").OK(t, http.StatusOK, "revision", "ttl_seconds", "heartbeat_seconds")
		beat("?revision="+made["revision"].(string)).OK(t, http.StatusOK, "revision", "ttl_seconds", "heartbeat_seconds")
		beat("?revision=0123456789abcdef").Problem(t, http.StatusNotFound, "unknown_lease")

		for what, c := range map[string]client{
			"another name": key("registry:shops"), "part of it": key("registry:sho"), "another kind": key("module:registry"), "a user": {t, n, token},
		} {
			p := c.put("shop", "1", full).Problem(t, http.StatusForbidden, "out_of_scope")
			require.NotEmpty(t, p["detail"], what)
			require.Equal(t, http.StatusForbidden, c.do(http.MethodPost, at+"/heartbeat", nil).Status, what)
			require.Equal(t, http.StatusForbidden, c.do(http.MethodDelete, at, nil).Status, what)
		}
		require.Equal(t, http.StatusUnauthorized, anybody.put("shop", "1", full).Status)
		key("registry:sh*").put("shop", "2", plain).OK(t, http.StatusOK, "created", "revision", "ttl_seconds", "heartbeat_seconds")
		key("registry:*").put("registry", "1", plain).Problem(t, http.StatusConflict, "is_a_module")

		for range 2 {
			require.Equal(t, http.StatusNoContent, shop.do(http.MethodDelete, at, nil).Status)
		}
		beat("").Problem(t, http.StatusNotFound, "unknown_lease")
		require.Len(t, anybody.get("/registry/services/shop").OK(t, http.StatusOK, "name", "instances")["instances"], 1)
		n.Withdraw("registry")
		shop.put("shop", "1", full).Problem(t, http.StatusServiceUnavailable, "module_unavailable")
	})
}

// TestLeasesThatAreRefused holds that what breaks a rule is said to, by the field's name.
func TestLeasesThatAreRefused(t *testing.T) {
	outside(t, func(t *testing.T, _ *modulestest.Node, key func(...string) client) {
		all := key("registry:*")
		for what, body := range map[string]map[string]any{
			"address":           {"address": "nowhere"},
			"version":           {"address": "h:1", "version": "newest"},
			"ttl_seconds":       {"address": "h:1", "ttl_seconds": 5},
			"dependencies[0]":   {"address": "h:1", "dependencies": []string{"A B"}},
			"metadata":          {"address": "h:1", "metadata": map[string]string{"": "x"}},
			"check":             {"address": "h:1", "check": map[string]any{"rise": 2}},
			"tags[0]":           {"address": "h:1", "tags": []string{"\n"}},
			"check.http must":   {"address": "h:1", "check": map[string]any{"http": "http://elsewhere/"}},
			"check must have":   {"address": "h:1", "check": map[string]any{"http": "/x", "tcp": true}},
			"unexpected":        {"address": "h:1", "colour": "blue"},
			"expected required": {},
		} {
			reply := all.put("shop", "1", body)
			require.GreaterOrEqual(t, reply.Status, 400, what)
			require.Less(t, reply.Status, 500, what)
			require.Contains(t, string(reply.Body), what)
		}
		require.Contains(t, []int{http.StatusBadRequest, http.StatusUnprocessableEntity}, all.put("Shop", "1", plain).Status)
		all.get("/registry/services/shop").Problem(t, http.StatusNotFound, "service_not_found")
	})
}

// TestReading holds versions, pages, ETags and what Prometheus reads.
func TestReading(t *testing.T) {
	outside(t, func(t *testing.T, n *modulestest.Node, key func(...string) client) {
		all, anybody := key("registry:*"), client{t, n, ""}
		for _, v := range []string{"9.0.0", "10.0.0", "11.0.0-rc.1"} {
			all.put("shop", "v"+v, map[string]any{"address": "10.0.0.1:9000", "version": v, "tags": []string{"blue", "eu"},
				"metadata": map[string]string{"metrics_path": "/m", "scheme": "https", "zone.a": "1"}})
		}
		all.put("bank", "1", plain)
		t.Run("versions", func(t *testing.T) {
			for version, want := range map[string][]string{
				"latest": {"v11.0.0-rc.1"}, "9.0.0": {"v9.0.0"}, "%5E10": {"v10.0.0"}, "%3E%3D9": {"v10.0.0", "v9.0.0"}, "11.0.0-rc.1": {"v11.0.0-rc.1"},
			} {
				var ids []string
				for _, i := range anybody.get("/registry/services/shop?version="+version).OK(t, http.StatusOK, "name", "instances")["instances"].([]any) {
					ids = append(ids, i.(map[string]any)["id"].(string))
				}
				require.Equal(t, want, ids, version)
			}
			p := anybody.get("/registry/services/shop?version=%5E3").Problem(t, http.StatusNotFound, "no_such_version")
			require.Contains(t, p["detail"], "there are 11.0.0-rc.1, 10.0.0, 9.0.0")
			for _, bad := range []string{"newest", "%5E", "1..2", "%3E%3E1"} {
				anybody.get("/registry/services/shop?version="+bad).Problem(t, http.StatusUnprocessableEntity, "bad_version")
			}
			anybody.get("/registry/services/shop?tag=red").Problem(t, http.StatusNotFound, "no_such_instance")
		})
		t.Run("pages", func(t *testing.T) {
			var names []any
			cursor := ""
			for pages := 1; ; pages++ {
				page := anybody.get("/registry/services?limit=2&cursor="+cursor).OK(t, http.StatusOK, "services", "next_cursor")
				for _, s := range page["services"].([]any) {
					names = append(names, s.(map[string]any)["name"])
				}
				if cursor = page["next_cursor"].(string); cursor == "" {
					require.GreaterOrEqual(t, pages, 2)
					break
				}
			}
			require.Subset(t, names, []any{"bank", "shop"})
			require.IsIncreasing(t, texts(names))
			anybody.get("/registry/services?cursor=x").Problem(t, http.StatusUnprocessableEntity, "invalid_cursor")
		})
		t.Run("etags", func(t *testing.T) {
			for _, path := range []string{"/registry/services", "/registry/services/shop", "/registry/graph", "/registry/nodes"} {
				first := anybody.get(path)
				tag := first.Header.Get("ETag")
				require.Regexp(t, `^"[0-9a-f]{24}"$`, tag)
				for _, known := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
					same := anybody.get(path, "If-None-Match", known)
					require.Equal(t, http.StatusNotModified, same.Status, path)
					require.Empty(t, same.Body)
					require.Equal(t, tag, same.Header.Get("ETag"))
				}
				other := anybody.get(path, "If-None-Match", `"x"`)
				require.Equal(t, first.Body, other.Body)
			}
			before := anybody.get("/registry/services/bank").Header.Get("ETag")
			all.put("bank", "1", plain)
			require.Equal(t, before, anybody.get("/registry/services/bank").Header.Get("ETag"), "a heartbeat is no change")
			all.put("bank", "2", plain)
			require.NotEqual(t, before, anybody.get("/registry/services/bank").Header.Get("ETag"))
		})
		t.Run("prometheus", func(t *testing.T) {
			type target struct {
				Targets []string
				Labels  map[string]string
			}
			read := func(query string) (out []target) {
				reply := anybody.get("/registry/prometheus" + query)
				require.Equal(t, http.StatusOK, reply.Status)
				require.Equal(t, "application/json", reply.Header.Get("Content-Type"))
				require.NoError(t, json.Unmarshal(reply.Body, &out))
				require.NotNil(t, out, "an empty list, not null")
				return out
			}
			require.Equal(t, target{[]string{"10.0.0.1:9000"}, map[string]string{
				"__meta_holon_service": "shop", "__meta_holon_instance": "v10.0.0", "__meta_holon_version": "10.0.0", "__meta_holon_health": "unknown",
				"__meta_holon_tags": ",blue,eu,", "__metrics_path__": "/m", "__scheme__": "https", "__meta_holon_metadata_metrics_path": "/m",
				"__meta_holon_metadata_scheme": "https", "__meta_holon_metadata_zone_a": "1",
			}}, read("?service=shop")[0])
			require.Len(t, read("?tag=blue"), 3)
			require.Len(t, read(""), 5, "and no modules")
			require.Empty(t, read("?service=nobody"))
		})
	})
}

func texts(all []any) (out []string) {
	for _, a := range all {
		out = append(out, a.(string))
	}
	return out
}

// settled is how long a test waits for what should be at once.
const settled = 10 * time.Second
