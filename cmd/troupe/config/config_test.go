package config

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
	c := Config{}
	require.NoError(t, c.Read("defaults", strings.NewReader(b.String())))
	want := Default()
	// Empty lists and tables are the same as none.
	require.Empty(t, cmp.Diff(want, c, cmp.FilterPath(func(p cmp.Path) bool {
		switch p.Last().Type().Kind() {
		case 21, 23: // map, slice
			return true
		}
		return false
	}, cmp.Comparer(func(a, b any) bool { return true }))), b.String())
}
