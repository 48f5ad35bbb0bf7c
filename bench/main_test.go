package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/bench/internal/report"
)

func TestBudget(t *testing.T) {
	b := newBudget(3)
	require.NoError(t, b.take(t.Context(), 2))
	over, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, b.take(over, 2), context.Canceled)
	taken := make(chan error)
	go func() { taken <- b.take(t.Context(), 3) }()
	b.give(1) // three are needed, two are free: not enough
	b.give(1)
	require.NoError(t, <-taken)
}

// What a run comes to is written whatever it proves.
func TestConclude(t *testing.T) {
	file, html := filepath.Join(t.TempDir(), "r.json"), filepath.Join(t.TempDir(), "r.html")
	var out bytes.Buffer
	a := &app{jsonFile: file, htmlFile: html, stdout: &out}
	r := &report.Result{Scenario: "fanout", Profile: "bench", Seconds: 2, Deliveries: &report.Deliveries{Expected: 10, Delivered: 10}}
	require.NoError(t, a.conclude(r))
	require.Contains(t, out.String(), "10 of 10, 5/s")
	got, err := report.Load(file)
	require.NoError(t, err)
	require.Equal(t, "bench", got.Profile)
	require.Positive(t, got.Machine.Cores)
	require.NotEmpty(t, got.Command)

	page, err := os.ReadFile(html)
	require.NoError(t, err)
	require.Contains(t, string(page), "<h1>fanout</h1>")

	r.Lost = 1
	require.ErrorContains(t, a.conclude(r), "deliveries: 1 lost")
	got, err = report.Load(file)
	require.NoError(t, err)
	require.EqualValues(t, 1, got.Lost)

	a.jsonFile = filepath.Join(t.TempDir(), "missing", "r.json")
	require.ErrorIs(t, a.conclude(r), os.ErrNotExist)
}

func TestUsage(t *testing.T) {
	var out bytes.Buffer
	root := newRoot(&out, &out)
	root.SetArgs([]string{"replay", "--codec", "xml"})
	require.ErrorContains(t, root.Execute(), "binary or json")
	root.SetArgs([]string{"replay", "--tamper", "stolen"})
	require.ErrorContains(t, root.Execute(), "stolen")
}
