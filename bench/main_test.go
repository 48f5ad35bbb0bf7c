package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/bench/internal/replay"
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

func TestEach(t *testing.T) {
	var seen [20]atomic.Int32
	require.NoError(t, each(t.Context(), len(seen), 3, func(_ context.Context, i int) error {
		seen[i].Add(1)
		return nil
	}))
	for i := range seen {
		require.EqualValues(t, 1, seen[i].Load())
	}
	broken := errors.New("broken")
	calls := 0
	require.ErrorIs(t, each(t.Context(), 100, 1, func(context.Context, int) error { calls++; return broken }), broken)
	require.Equal(t, 1, calls)
}

func TestStore(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r.json")
	a := &app{jsonFile: file}
	require.NoError(t, a.store(&replay.Report{Profile: "bench"}))
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	var got struct {
		Machine struct{ Cores int }
		Result  struct{ Profile string }
	}
	require.NoError(t, json.Unmarshal(data, &got))
	require.Equal(t, "bench", got.Result.Profile)
	require.Positive(t, got.Machine.Cores)
}

// A run that expected nothing has tested nothing.
func TestReportFails(t *testing.T) {
	var out bytes.Buffer
	for name, r := range map[string]*replay.Report{
		"nothing expected": {},
		"lost":             {Deliveries: replay.Tally{Expected: 2, Received: 1, Lost: 1}},
		"foreign":          {Deliveries: replay.Tally{Expected: 1, Received: 1, Foreign: 1}},
		"a fault":          {Deliveries: replay.Tally{Expected: 1, Received: 1}, Faults: []string{"x"}, FaultCount: 1},
	} {
		require.Error(t, r.Err(), name)
		require.NoError(t, r.Write(&out))
	}
	require.NoError(t, (&replay.Report{Deliveries: replay.Tally{Expected: 1, Received: 1}}).Err())
}

func TestUsage(t *testing.T) {
	var out bytes.Buffer
	root := newRoot(&out, &out)
	root.SetArgs([]string{"replay", "--codec", "xml"})
	require.ErrorContains(t, root.Execute(), "binary or json")
	root.SetArgs([]string{"replay", "--tamper", "stolen"})
	require.ErrorContains(t, root.Execute(), "stolen")
}
