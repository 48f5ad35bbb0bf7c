package config

import (
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
)

func read(t *testing.T, text string) (Config, error) {
	t.Helper()
	c := Default()
	err := c.Read("troupe.yaml", strings.NewReader(text))
	return c, err
}

func TestReadKeepsDefaults(t *testing.T) {
	c, err := read(t, "limits:\n  queue_frames: 99\n  queue_bytes: 32KiB\n  ping_after: 5s\n"+
		"policy:\n  custom: {history_before_join: yes, name_max: 60, searchable: true}\n"+
		"app:\n  id: hall\nauth:\n  keys:\n    - {kid: a, format: hs256, secret: 0123456789abcdef0123456789abcdef}\n")
	require.NoError(t, err)
	want := Default()
	want.Limits.QueueFrames, want.Limits.QueueBytes, want.Limits.PingAfter = 99, 32<<10, Duration(5*time.Second)
	want.Policy = Policy{"custom": {"history_before_join": "yes", "name_max": "60", "searchable": "true"}}
	want.App.ID = "hall"
	want.Auth.Keys = []Key{{KID: "a", Format: "hs256", Secret: Secret{Value: "0123456789abcdef0123456789abcdef"}}}
	require.Empty(t, cmp.Diff(want, c))
	require.NoError(t, c.Validate())
}

func TestReadNamesThePlace(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"unknown section", "servers:\n  addr: x\n", `troupe.yaml:1:1: unknown field "servers"`},
		{"unknown key", "server:\n  adr: x\n", `troupe.yaml:2:3: unknown field "adr"`},
		{"unknown key in a list", "app:\n  id: hall\nauth:\n  keys:\n    - {kid: a, format: hs256, secrte: hush}\n", `troupe.yaml:5:31: unknown field "secrte"`},
		{"wrong type", "limits:\n  queue_frames: many\n", "troupe.yaml:2:17:"},
		{"no size", "limits:\n  queue_bytes: 3 apples\n", "is no size"},
		{"no period", "limits:\n  ping_after: soon\n", "is no period"},
		{"no YAML", "server: [\n", "troupe.yaml:1:"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := read(t, tc.text)
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), "hush")
		})
	}
}

func TestDefaultsFileIsTheDefaults(t *testing.T) {
	var b strings.Builder
	require.NoError(t, WriteDefaults(&b))
	var c Config
	require.NoError(t, c.Read("defaults", strings.NewReader(b.String())))
	require.Empty(t, cmp.Diff(Default(), c, cmpopts.EquateEmpty()), b.String())
}

func TestEveryFieldIsDocumented(t *testing.T) {
	c := Default()
	names := map[string]string{}
	for _, f := range c.fields() {
		require.NotEmpty(t, f.doc, f.path)
		require.True(t, strings.HasSuffix(f.doc, "."), f.path)
		require.Regexp(t, `^[a-z0-9_.]+$`, f.path)
		require.Empty(t, names[f.env()], "%s and %s have the same variable", f.path, names[f.env()])
		names[f.env()] = f.path
	}
}

func TestReadEnv(t *testing.T) {
	c := Default()
	unknown, err := c.ReadEnv([]string{
		"HOME=/root", "TROUPE_SERVER_ADDR=127.0.0.1:9", "TROUPE_DEV=true", "TROUPE_DEV_ADMINS=ann, bob",
		"TROUPE_LIMITS_QUEUE_BYTES=1MiB", "TROUPE_LIMITS_PING_AFTER=7s", "TROUPE_LIMITS_QUEUE_FRAMES=17",
		"TROUPE_POLICY={custom: {guests: no}}", "TROUPE_AUTH_KEYS=[{kid: k, format: hs256, secret_env: S}]",
		"TROUPE_TOKEN=mine", "TROUPE_LIMIT_QUEUE_FRAMES=1", "TROUPE_SERVER=x:y",
	})
	require.NoError(t, err)
	require.Equal(t, []string{"TROUPE_LIMIT_QUEUE_FRAMES", "TROUPE_SERVER"}, unknown)
	want := Default()
	want.Server.Addr, want.Dev, want.DevAdmins = "127.0.0.1:9", true, []string{"ann", "bob"}
	want.Limits.QueueBytes, want.Limits.PingAfter, want.Limits.QueueFrames = 1<<20, Duration(7*time.Second), 17
	want.Policy = Policy{"custom": {"guests": "no"}}
	want.Auth.Keys = []Key{{KID: "k", Format: "hs256", Secret: Secret{Env: "S"}}}
	require.Empty(t, cmp.Diff(want, c))
}

func TestReadEnvRefuses(t *testing.T) {
	for entry, want := range map[string]string{
		"TROUPE_DEV=maybe":                                  "neither true nor false",
		"TROUPE_LIMITS_QUEUE_FRAMES=1.5":                    "no whole number",
		"TROUPE_LIMITS_QUEUE_BYTES=-1":                      "no size",
		"TROUPE_LIMITS_PING_AFTER=-1s":                      "no period",
		"TROUPE_AUTH_KEYS=[{kid: k, pass: hush}]":           `unknown field "pass"`,
		"TROUPE_POLICY={custom: {guests: [a]}}":             "one word or number",
		"TROUPE_LIMITS_QUEUE_BYTES=99999999999999999999GiB": "no size",
	} {
		name, _, _ := strings.Cut(entry, "=")
		c := Default()
		_, err := c.ReadEnv([]string{entry})
		require.ErrorContains(t, err, name)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "hush")
	}
}

func TestLoadOrder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "troupe.yaml")
	require.NoError(t, os.WriteFile(path, []byte("server: {addr: \"127.0.0.1:1\"}\nlog: {level: debug}\n"), 0o600))
	c, _, err := Load(path, []string{"TROUPE_SERVER_ADDR=127.0.0.1:2"})
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:2", c.Server.Addr, "the environment goes over the file")
	require.Equal(t, "debug", c.Log.Level, "the file over the defaults")
	require.Equal(t, 256, c.Limits.QueueFrames)
	_, _, err = Load(path+"x", nil)
	require.ErrorIs(t, err, fs.ErrNotExist)
	c, _, err = Load("", nil)
	require.NoError(t, err)
	require.Empty(t, cmp.Diff(Default(), c))
}

func TestEmptyFile(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "\n", "limits:\n  # queue_frames: 1\nlog:\n"} {
		c, err := read(t, text)
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(Default(), c))
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]Size{"0": 0, "512": 512, "64KiB": 64 << 10, "1 MiB": 1 << 20, "3GiB": 3 << 30, "7B": 7} {
		var s Size
		require.NoError(t, s.UnmarshalText([]byte(text)))
		require.Equal(t, want, s)
		var again Size
		require.NoError(t, again.UnmarshalText([]byte(s.String())))
		require.Equal(t, s, again)
	}
	require.Equal(t, "1000", Size(1000).String())
	require.Equal(t, "24h", Duration(24*time.Hour).String())
	require.Equal(t, "1m30s", Duration(90*time.Second).String())
	require.Equal(t, "10m", Duration(10*time.Minute).String())
	require.Equal(t, "0s", Duration(0).String())
}

func TestSecretsDoNotShow(t *testing.T) {
	k := Key{KID: "a", Secret: Secret{Value: "hush"}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		require.NotContains(t, fmt.Sprintf(verb, k), "hush")
	}
	var b strings.Builder
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "secret", k.Value)
	require.NotContains(t, b.String(), "hush")
}
