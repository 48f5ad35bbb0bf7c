package config

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const secret32 = "0123456789abcdef0123456789abcdef"

// usable is a configuration in which nothing is wrong.
func usable() Config {
	c := Default()
	c.App.ID = "1400000000"
	c.Auth.Keys = []Key{{KID: "a", Format: "hs256", Secret: Secret{Value: secret32}}}
	return c
}

func TestValidate(t *testing.T) {
	c := usable()
	require.NoError(t, c.Validate())
	for _, tc := range []struct {
		name   string
		change func(*Config)
		want   string
	}{
		{"no keys", func(c *Config) { c.Auth.Keys = nil }, "auth.keys: is empty"},
		{"no application", func(c *Config) { c.App.ID = "" }, "app.id: is needed"},
		{"dev outside", func(c *Config) { c.Dev = true; c.Server.Addr = "192.0.2.1:80" }, "dev: lets anybody in"},
		{"dev everywhere", func(c *Config) { c.Dev = true; c.Server.Addr = ":80" }, "dev: lets anybody in"},
		{"dev admins", func(c *Config) { c.DevAdmins = []string{"ann"} }, "dev_admins: has no effect"},
		{"address", func(c *Config) { c.Server.Addr = "8080" }, "server.addr:"},
		{"one address twice", func(c *Config) { c.Server.AdminAddr = c.Server.Addr }, "server.admin_addr: must differ"},
		{"half of TLS", func(c *Config) { c.Server.TLSKey = "k" }, "server.tls_cert: needs"},
		{"origin", func(c *Config) { c.Server.Origins = []string{"chat.example.org"} }, "server.origins:"},
		{"origin with a path", func(c *Config) { c.Server.Origins = []string{"https://x.org/y"} }, "server.origins:"},
		{"proxy", func(c *Config) { c.Server.TrustedProxies = []string{"10.0.0.1"} }, "server.trusted_proxies:"},
		{"data", func(c *Config) { c.Data.Dir = "" }, "data.dir:"},
		{"level", func(c *Config) { c.Log.Level = "loud" }, "log.level:"},
		{"format", func(c *Config) { c.Log.Format = "xml" }, "log.format:"},
		{"drain", func(c *Config) { c.Drain.Window = Duration(2 * time.Hour) }, "drain.window: must be at most 1h"},
		{"skew", func(c *Config) { c.Auth.Skew = Duration(2 * time.Hour) }, "auth.skew:"},
		{"kid twice", func(c *Config) { c.Auth.Keys = append(c.Auth.Keys, c.Auth.Keys[0]) }, "auth.keys[1].kid:"},
		{"key format", func(c *Config) { c.Auth.Keys[0].Format = "rs256" }, "format must be one of hs256"},
		{"short secret", func(c *Config) { c.Auth.Keys[0].Value = "short" }, "must have at least 32"},
		{"two secrets", func(c *Config) { c.Auth.Keys[0].Env = "X" }, "exactly one of"},
		{"unset variable", func(c *Config) { c.Auth.Keys[0].Secret = Secret{Env: "TROUPE_TEST_UNSET"} }, "TROUPE_TEST_UNSET is not set"},
		{"secret for a pair", func(c *Config) { c.Auth.Keys[0].Format = "eddsa" }, "takes a public key"},
		{"pair for a secret", func(c *Config) { c.Auth.Keys[0].Key = "x" }, "takes a secret"},
		{"vendor without number", func(c *Config) { c.App.ID = "hall"; c.Auth.Keys[0].Format = "usersig" }, "must be a number"},
		{"long ZEGO secret", func(c *Config) { c.Auth.Keys[0].Format = "token04"; c.Auth.Keys[0].Value += "x" }, "must have 32"},
		{"not_after", func(c *Config) { c.Auth.Keys[0].NotAfter = "tomorrow" }, "not_after:"},
		{"burst below rate", func(c *Config) { c.Limits.RequestsBurst = 1 }, "limits.requests_burst: must not be below limits.requests_per_s"},
		{"message burst", func(c *Config) { c.Limits.MessagesBurst = 1 }, "limits.messages_burst:"},
		{"message larger than a request", func(c *Config) { c.Limits.MessageBytes = 64 << 10 }, "limits.message_bytes: must leave"},
		{"silence", func(c *Config) { c.Limits.SilentAfter = c.Limits.PingAfter }, "limits.silent_after:"},
		{"remember", func(c *Config) { c.Limits.RememberLive = Duration(time.Hour) }, "limits.remember_live:"},
		{"ticket", func(c *Config) { c.Limits.TicketLife = Duration(2 * time.Hour) }, "limits.resume_ticket_life: must be at most 1h"},
		{"address without end", func(c *Config) { c.Limits.ConnectionsPerAddress = math.MaxInt }, "limits.connections_per_address: must be at most"},
		{"connections without end", func(c *Config) { c.Limits.Connections = math.MaxInt }, "limits.connections: must be at most"},
		{"profile", func(c *Config) { c.Limits.Profile = "" }, "limits.profile:"},
		{"too many users", func(c *Config) { c.Limits.UsersPerCall = 301 }, "limits.users_per_call: must be at most 300"},
		{"shards", func(c *Config) { c.Runtime.Shards = 65 }, "runtime.shards: must be at most 64"},
		{"gather_for", func(c *Config) { c.Runtime.GatherFor = Duration(time.Second) }, "runtime.gather_for: must be 0 to 100ms"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := usable()
			tc.change(&c)
			require.ErrorContains(t, c.Validate(), tc.want)
		})
	}
}

func TestValidateNamesEverything(t *testing.T) {
	c := usable()
	c.Log.Level, c.Data.Dir = "", ""
	require.ErrorContains(t, c.Validate(), "log.level")
	require.ErrorContains(t, c.Validate(), "data.dir")
}

func TestDevOnLoopback(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "[::1]:80", "localhost:8080", "127.8.8.8:1"} {
		c := Default()
		c.Dev, c.Server.Addr, c.DevAdmins = true, addr, []string{"root"}
		require.NoError(t, c.Validate(), addr)
	}
}

func TestSecretPlaces(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(file, []byte("hush\r\n"), 0o600))
	t.Setenv("TROUPE_TEST_SECRET", "hush")
	for name, s := range map[string]Secret{"value": {Value: "hush"}, "file": {File: file}, "env": {Env: "TROUPE_TEST_SECRET"}} {
		b, err := s.Bytes()
		require.NoError(t, err, name)
		require.Equal(t, "hush", string(b), name)
	}
	for name, s := range map[string]Secret{"none": {}, "no file": {File: file + "x"}, "two": {Value: "x", File: file}} {
		_, err := s.Bytes()
		require.Error(t, err, name)
	}
	require.NoError(t, os.WriteFile(file, []byte("\n"), 0o600))
	empty := Secret{File: file}
	_, err := empty.Bytes()
	require.ErrorContains(t, err, "empty")
}

func TestPublicKeys(t *testing.T) {
	key, _, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	der, err := x509.MarshalPKIXPublicKey(key)
	require.NoError(t, err)
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	file := filepath.Join(t.TempDir(), "key.pem")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	for name, p := range map[string]Public{
		"PEM": {Key: text}, "file": {KeyFile: file},
		"base64": {Key: base64.StdEncoding.EncodeToString(key)}, "base64url": {Key: base64.RawURLEncoding.EncodeToString(key)},
	} {
		got, err := p.Ed25519()
		require.NoError(t, err, name)
		require.Equal(t, key, got, name)
	}
	for name, p := range map[string]Public{
		"none": {}, "both": {Key: text, KeyFile: file}, "short": {Key: base64.StdEncoding.EncodeToString(key[:31])},
		"no file": {KeyFile: file + "x"}, "not a key": {Key: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"},
	} {
		_, err := p.Ed25519()
		require.Error(t, err, name)
	}
}
