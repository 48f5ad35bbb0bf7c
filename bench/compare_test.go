package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/bench/internal/report"
)

// saved writes a result as --json does.
func saved(t *testing.T, dir, name string, r *report.Result) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, r.WriteJSON(&out))
	file := filepath.Join(dir, name)
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(file, out.Bytes(), 0o644))
	return file
}

func TestCompareCommand(t *testing.T) {
	dir := t.TempDir()
	idle := func(bytes float64) *report.Result {
		return &report.Result{Scenario: "idle", Connections: 10, BytesPerConnection: bytes}
	}
	before, after := saved(t, dir, "before.json", idle(6000)), saved(t, dir, "after.json", idle(9000))
	third, twin := saved(t, dir, "third.json", idle(12000)), saved(t, filepath.Join(dir, "twin"), "before.json", idle(3000))
	other := saved(t, dir, "other.json", &report.Result{Scenario: "messages", Operations: 1})
	old := filepath.Join(dir, "old.json")
	require.NoError(t, os.WriteFile(old, []byte(`{"machine":{},"result":{}}`), 0o644))

	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"two":          {[]string{before, after}, []string{"before   after   ratio", "6,000   9,000", "1.500"}},
		"three":        {[]string{before, after, third}, []string{"ratio      third   ratio", "1.500", "2.000"}},
		"two sides":    {[]string{"--base", before + "," + after, third, third}, []string{"base", "new", "7,500 (6,000–9,000)", "12,000", "1.600 *"}},
		"equal names":  {[]string{before, twin}, []string{before, twin, "0.500"}},
		"base by base": {[]string{"--base", before, "--base", after, third}, []string{"7,500 (6,000–9,000)"}},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			root := newRoot(&out, &out)
			root.SetArgs(append([]string{"compare"}, c.args...))
			require.NoError(t, root.Execute())
			for _, text := range c.want {
				require.Contains(t, out.String(), text)
			}
		})
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"nothing":             {nil, "at least two files"},
		"one":                 {[]string{before}, "at least two files"},
		"only a base":         {[]string{"--base", before}, "name the files of the other"},
		"a file of old":       {[]string{before, old}, "old.json is no result of bench"},
		"no such file":        {[]string{"--base", dir + "/none.json", before}, "none.json"},
		"different scenarios": {[]string{before, other}, "different scenarios, idle and messages"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			root := newRoot(&out, &out)
			root.SetArgs(append([]string{"compare"}, c.args...))
			require.ErrorContains(t, root.Execute(), c.want)
			require.Empty(t, out.String())
		})
	}
}
