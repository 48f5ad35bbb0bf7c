package group_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write what scenarios give into their files")

// TestScenarios plays the stories of testdata/scenarios. A line that is
// indented is what came of the line above; -update writes them anew.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/scenarios/*.txt")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 15)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			got := play(newWorld(t), string(want))
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
				return
			}
			require.Equal(t, string(want), got)
		})
	}
}

// play runs the lines of a story and gives it with what came of them.
func play(w *world, story string) string {
	var b strings.Builder
	for line := range strings.Lines(story) {
		if strings.HasPrefix(line, "  ") {
			continue
		}
		b.WriteString(line)
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			b.WriteString(w.run(line))
		}
	}
	return b.String()
}

// stepCase is a table test of one operation: given lines, when a line runs,
// then exactly these lines come of it.
type stepCase struct {
	name  string
	given []string
	when  string
	then  []string
}

func runCases(t *testing.T, cases []stepCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			for _, line := range c.given {
				if got := w.run(line); strings.HasPrefix(got, "  rejected") {
					require.Fail(t, "given line was rejected", "%s\n%s", line, got)
				}
			}
			var got []string
			for line := range strings.Lines(w.run(c.when)) {
				got = append(got, strings.TrimSpace(line))
			}
			require.Equal(t, c.then, got)
		})
	}
}

// refusal is a line that is refused, and why.
type refusal struct{ when, why string }

// runRefusals tries lines on one world; refusals change nothing in it.
func runRefusals(t *testing.T, given []string, list []refusal) {
	t.Helper()
	w := newWorld(t)
	for _, line := range given {
		require.NotContains(t, w.run(line), "rejected", line)
	}
	for _, r := range list {
		t.Run(r.when, func(t *testing.T) {
			require.Equal(t, "  rejected "+r.why+"\n", w.run(r.when))
		})
	}
}

func long(n int) string { return strings.Repeat("x", n) }
