package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
)

// A run that tested nothing, or found something wrong, failed.
func TestFailed(t *testing.T) {
	good := Deliveries{Expected: 5, Delivered: 4, Skipped: 1}
	require.NoError(t, (&Result{Deliveries: &good}).Failed())
	require.NoError(t, (&Result{Operations: 1}).Failed())
	require.NoError(t, (&Result{Connections: 1}).Failed())
	for name, r := range map[string]*Result{
		"nothing was done":  {},
		"none was expected": {Operations: 9, Deliveries: &Deliveries{}},
		"4 delivered":       {Deliveries: &Deliveries{Expected: 5, Delivered: 4}},
		"1 lost":            {Deliveries: &Deliveries{Expected: 1, Lost: 1}},
		"1 doubled":         {Deliveries: &Deliveries{Expected: 1, Doubled: 1}},
		"1 out of order":    {Deliveries: &Deliveries{Expected: 1, Disordered: 1}},
		"1 changed":         {Deliveries: &Deliveries{Expected: 1, Changed: 1}},
		"1 not meant":       {Deliveries: &Deliveries{Expected: 1, Foreign: 1}},
		"the first: broken": {Operations: 1, Faults: []string{"broken"}},
	} {
		require.ErrorContains(t, r.Failed(), name)
	}
}

func TestComplete(t *testing.T) {
	r := &Result{
		Deliveries: &Deliveries{Expected: 100, Delivered: 100}, Seconds: 4, Operations: 8,
		ServerCPUUsPerDelivery: 3, FloorBefore: &Floor{CPUUsPerDelivery: 1}, FloorAfter: &Floor{CPUUsPerDelivery: 2},
	}
	r.Machine.Revision = "abc"
	r.Complete()
	require.InDelta(t, 25, r.DeliveriesPerS, 1e-9)
	require.InDelta(t, 2, r.OperationsPerS, 1e-9)
	require.InDelta(t, 1.5, r.FloorCPUUsPerDelivery, 1e-9)
	require.InDelta(t, 2, r.Ratio, 1e-9)
	require.Equal(t, "abc", r.Revision)

	set := &Result{Seconds: 4, Operations: 8, OperationsPerS: 7, ServerCPUUsPerOperation: 9, FloorCPUUsPerOperation: 3}
	set.Complete()
	require.InDelta(t, 7, set.OperationsPerS, 0)
	require.InDelta(t, 3, set.Ratio, 1e-9)
}

func TestWriteJSON(t *testing.T) {
	for name, r := range map[string]*Result{
		"nought is said": {Scenario: "fanout", Deliveries: &Deliveries{Expected: 1, Delivered: 1}},
		"no deliveries":  {Scenario: "idle", Series: &Series{T: Column{1, 2}}, AckCurve: Curve{{0, 1}, {99.9, 3.5}}},
	} {
		var out bytes.Buffer
		require.NoError(t, r.WriteJSON(&out), name)
		require.Equal(t, r.Deliveries != nil, strings.Contains(out.String(), `"lost": 0`), name)
		require.NotContains(t, out.String(), "ratio", name)
		file := filepath.Join(t.TempDir(), "r.json")
		require.NoError(t, os.WriteFile(file, out.Bytes(), 0o644))
		back, err := Load(file)
		require.NoError(t, err, name)
		require.Empty(t, cmp.Diff(r, back), name)
	}
}

func TestLoadRefuses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r.json")
	for text, want := range map[string]string{
		"":                            "no result of bench",
		"{}":                          "names no scenario",
		`{"scenario": 4}`:             "no result of bench",
		`{"scenario": "x"} {}`:        "something follows",
		`{"machine":{},"result":{}}`:  "names no scenario",
		`{"scenario":"x","lost":"a"}`: "no result of bench",
	} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		_, err := Load(file)
		require.ErrorContains(t, err, want, text)
		require.ErrorContains(t, err, "r.json")
	}
	_, err := Load(file + "x")
	require.ErrorIs(t, err, os.ErrNotExist)
}
