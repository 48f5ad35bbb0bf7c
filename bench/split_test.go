//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/bench/internal/crew"
	"github.com/troupe-im/troupe/bench/internal/report"
)

// built is where the server is built; set by TestMain.
var built string

// The test's binary is the client processes and the floors as well.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == crew.Command || os.Args[1] == "floor") {
		main()
		return
	}
	var err error
	if built, err = os.MkdirTemp("", "troupe-bench-test-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(built)
	os.Exit(code)
}

// troupe builds the server, once.
var troupe = sync.OnceValues(func() (string, error) {
	file := filepath.Join(built, "troupe")
	out, err := exec.Command("go", "build", "-o", file, "../cmd/troupe").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("build the server: %w\n%s", err, out)
	}
	return file, err
})

// said hands each piece of what is written to fn.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
	fn   func(text string)
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	s.text.Write(b)
	text := s.text.String()
	s.mu.Unlock()
	if s.fn != nil {
		s.fn(text)
	}
	return len(b), nil
}

// play runs a command against the real server.
func play(t *testing.T, progress *said, args ...string) (*report.Result, error) {
	t.Helper()
	server, err := troupe()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "r.json")
	root := newRoot(&said{}, progress)
	root.SetArgs(append(args, "--server", server, "--json", file))
	err = root.ExecuteContext(t.Context())
	r, loadErr := report.Load(file)
	if err == nil {
		require.NoError(t, loadErr)
	}
	return r, err
}

// One scenario over three processes comes to one result: that of all receivers.
func TestProcesses(t *testing.T) {
	livestream := []string{"livestream", "--subscribers", "60", "--publishers", "4", "--duration", "1s", "--warm-up", "0"}
	t.Run("livestream", func(t *testing.T) {
		t.Parallel()
		progress := &said{}
		r, err := play(t, progress, append(livestream, "--processes", "3", "--rate", "40", "--warm-up", "500ms", "--floor", "200ms")...)
		require.NoError(t, err)
		// The answer to a publisher's own message is no delivery.
		require.InDelta(t, 40*63, r.Extra["measured_deliveries"], 0)
		require.GreaterOrEqual(t, r.Expected, uint64(60*64))
		require.Equal(t, r.Expected, r.Delivered)
		require.InDelta(t, 3, r.Extra["processes"], 0)
		require.NotNil(t, r.Latency)
		require.NotNil(t, r.FloorAfter)
		require.Contains(t, progress.text.String(), "3 client processes")
	})
	t.Run("closed loop, as many processes as needed", func(t *testing.T) {
		t.Parallel()
		r, err := play(t, &said{}, append(livestream, "--per-process", "22", "--rate", "0", "--floor", "0", "--codec", "json")...)
		require.NoError(t, err)
		require.Positive(t, r.Expected)
		require.Equal(t, r.Expected, r.Delivered)
		require.InDelta(t, 3, r.Extra["processes"], 0)
	})
	t.Run("joinstorm", func(t *testing.T) {
		t.Parallel()
		r, err := play(t, &said{}, "joinstorm", "--users", "90", "--background", "30", "--rate", "60", "--quiet", "500ms", "--floor=false", "--processes", "3")
		require.NoError(t, err)
		require.EqualValues(t, 90, r.Operations)
		require.Equal(t, r.Expected, r.Delivered)
		require.NotNil(t, r.Ack)
		for _, of := range []string{"before", "after", "newcomers"} {
			require.Contains(t, r.Extra, "latency_"+of+"_ms")
		}
	})
	t.Run("joinstorm beside storms without tips", func(t *testing.T) {
		t.Parallel()
		r, err := play(t, &said{}, "joinstorm", "--users", "60", "--tips-off", "--floor=false", "--processes", "2")
		require.NoError(t, err)
		require.Positive(t, r.Extra["tips_per_join"])
		require.Greater(t, r.Extra["tips_bytes"], 60.0) // they name users
	})
	t.Run("idle", func(t *testing.T) {
		t.Parallel()
		r, err := play(t, &said{}, "idle", "--connections", "50", "--group-size", "7", "--workers", "9", "--processes", "3", "--tls")
		require.NoError(t, err)
		require.InDelta(t, 3, r.Extra["processes"], 0)
		require.NotZero(t, r.BytesPerConnection)
	})
}

// What goes wrong in another process fails the whole run.
func TestProcessesNotice(t *testing.T) {
	for way, want := range map[string]string{"lost": "1 lost", "doubled": "1 doubled", "changed": "1 changed"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			r, err := play(t, &said{}, "livestream", "--subscribers", "30", "--duration", "500ms", "--warm-up", "0", "--floor", "0",
				"--processes", "3", "--tamper", way)
			require.ErrorContains(t, err, want)
			require.NotEmpty(t, r.Faults)
		})
	}
}

// A process that dies ends the run, which says which and why.
func TestProcessKilled(t *testing.T) {
	var once sync.Once
	pid := 0
	progress := &said{}
	progress.fn = func(text string) {
		if !strings.Contains(text, "measuring for") {
			return
		}
		once.Do(func() {
			found := regexp.MustCompile(`client process 3 of 3: pid (\d+)`).FindStringSubmatch(text)
			pid, _ = strconv.Atoi(found[1])
			_ = syscall.Kill(pid, syscall.SIGKILL)
		})
	}
	_, err := play(t, progress, "livestream", "--subscribers", "30", "--duration", "1h", "--warm-up", "0", "--floor", "0", "--processes", "3")
	require.EqualError(t, err, fmt.Sprintf("client process 3 (pid %d) ended: signal: killed", pid))
}

// Fewer connections than asked for are never silently made.
func TestProcessesRefused(t *testing.T) {
	for want, args := range map[string][]string{
		"mixed runs in one process":                           {"mixed", "--processes", "2"},
		"24 connections in 2 processes of at most 10: 3 proc": {"livestream", "--subscribers", "20", "--per-process", "10", "--processes", "2"},
		"some would have none":                                {"idle", "--connections", "2", "--processes", "3"},
		"the server's limit of open files leaves room":        {"idle", "--connections", "100000000"},
	} {
		_, err := play(t, &said{}, args...)
		require.ErrorContains(t, err, want)
	}
}

// What the joiners hear when the storm is over is not counted to it: here
// nothing is said between its first moment, when none of them is in, and its end.
func TestNewcomersAreTimedInTheStormAlone(t *testing.T) {
	r, err := play(t, &said{}, "joinstorm", "--users", "20", "--background", "10", "--messages", "0.25", "--quiet", "100ms", "--floor=false")
	require.NoError(t, err)
	require.Contains(t, r.Extra, "latency_after_ms")
	require.NotContains(t, r.Extra, "latency_newcomers_ms")
}
