//go:build linux

package floor

import (
	"bufio"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/bench/internal/crew"
	"github.com/troupe-im/troupe/bench/internal/load"
	"github.com/troupe-im/troupe/bench/internal/swarm"
)

// inProcess runs a floor's program in this process.
func inProcess(t *testing.T, serve func(in io.Reader, out io.Writer) error) *Process {
	t.Helper()
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	served := make(chan error, 1)
	go func() {
		err := serve(inR, outW)
		_ = outW.CloseWithError(err)
		served <- err
	}()
	t.Cleanup(func() {
		_ = inW.Close()
		require.NoError(t, <-served)
	})
	return &Process{PID: os.Getpid(), In: inW, Out: bufio.NewReader(outR)}
}

// Everything that the floor writes is judged as a server's frames are.
func TestFloor(t *testing.T) {
	for name, l := range map[string]Load{
		"at a rate":    {Sockets: 20, FrameBytes: 180, FramesPerWrite: 2.5, PerSecond: 1000, For: 50 * time.Millisecond, Threads: 2},
		"as it goes":   {Sockets: 5, FrameBytes: 400, FramesPerWrite: 16, For: 50 * time.Millisecond, Threads: 2},
		"large frames": {Sockets: 3, FrameBytes: 20000, FramesPerWrite: 1, PerSecond: 200, For: 50 * time.Millisecond, Threads: 3},
	} {
		t.Run(name, func(t *testing.T) {
			p := inProcess(t, func(in io.Reader, out io.Writer) error { return Serve(l, in, out) })
			c, err := crew.Start(t.Context(), 1, nil, nil)
			require.NoError(t, err)
			o, err := Run(t.Context(), p, l, c, crew.Options{Access: load.Access{Sources: 2}, Loops: 2})
			require.NoError(t, err)
			require.Equal(t, o.Messages*uint64(l.Sockets), o.Deliveries)
			if l.PerSecond > 0 {
				require.EqualValues(t, l.PerSecond*l.For.Seconds(), o.Messages)
			}
			require.Positive(t, o.Messages)
		})
	}
}

// Readers that stand still for a while are waited for, also before the first frame.
func TestReadersThatStandStill(t *testing.T) {
	seen := []uint64{0, 0, 0, 4, 4, 4, 10}
	looks := 0
	got := come(t.Context(), 10, func() swarm.Tally {
		looks++
		return swarm.Tally{Messages: seen[looks-1]}
	})
	require.EqualValues(t, 10, got.Messages)
	require.Equal(t, len(seen), looks)
}

func TestUpgrades(t *testing.T) {
	p := inProcess(t, ServeUpgrades)
	o, err := RunUpgrades(t.Context(), p, 50, 10, 2, 2)
	require.NoError(t, err)
	require.EqualValues(t, 50, o.Deliveries)
}

// Frames have the size asked for, to a byte.
func TestFrameSize(t *testing.T) {
	for size := 110; size < 40000; size += 37 {
		n := len(appendFrame(nil, 5, 123, size))
		require.InDelta(t, size, n, 1)
	}
}
