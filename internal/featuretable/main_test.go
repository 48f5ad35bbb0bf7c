package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const checklist = `# list
| Id | Source | x |
|---|---|---|
| V-001 | f | a |
| V-002 | f | b |
| V-003 | f | c |
| R-001 | f | d |
| R-002 | f | e |
`

func rowsOf(t *testing.T) []string {
	t.Helper()
	rows, err := readRows(strings.NewReader(checklist))
	require.NoError(t, err)
	return rows
}

func results(lines ...string) string {
	var b strings.Builder
	for _, l := range lines {
		action, test, _ := strings.Cut(l, " ")
		fmt.Fprintf(&b, "{\"Action\":%q,\"Package\":\"e2e\",\"Test\":%q}\n", action, test)
	}
	return b.String()
}

func TestReadRows(t *testing.T) {
	require.Equal(t, []string{"V-001", "V-002", "V-003", "R-001", "R-002"}, rowsOf(t))
	_, err := readRows(strings.NewReader("nothing\n"))
	require.Error(t, err)
	_, err = readRows(strings.NewReader("| V-001 | a |\n| V-001 | b |\n"))
	require.Error(t, err)
}

func TestReadProofs(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		want  map[string]string
		err   string
	}{
		{"one row", []string{"pass TestA/V-001"}, map[string]string{"V-001": "TestA/V-001"}, ""},
		{"three rows", []string{"pass TestA/V-001_R-001_R-002_both"},
			map[string]string{"V-001": "TestA/V-001_R-001_R-002_both", "R-001": "TestA/V-001_R-001_R-002_both", "R-002": "TestA/V-001_R-001_R-002_both"}, ""},
		{"first by name", []string{"pass TestB/V-001", "pass TestA/V-001"}, map[string]string{"V-001": "TestA/V-001"}, ""},
		{"last part only", []string{"pass TestA/V-001/inner", "pass TestA"}, map[string]string{}, ""},
		{"skipped proves nothing", []string{"skip TestA/V-001", "pass TestA"}, map[string]string{}, ""},
		{"too many", []string{"pass TestA/V-001_V-002_V-003_R-001"}, nil, "claims 4 rows"},
		{"unknown row", []string{"pass TestA/V-009"}, nil, "no row"},
		{"failed", []string{"pass TestA/V-001", "fail TestB"}, nil, "TestB failed"},
		{"nothing ran", []string{"run TestA/V-001"}, nil, "no test passed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := readProofs(strings.NewReader(results(c.lines...)), rowsOf(t))
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestReadReasons(t *testing.T) {
	got, err := readReasons("# why\nV-001..V-002, R-002: facade: no\n", rowsOf(t))
	require.NoError(t, err)
	require.Equal(t, map[string]string{"V-001": "facade: no", "V-002": "facade: no", "R-002": "facade: no"}, got)
	for _, bad := range []string{"V-001 no colon", "V-001:", "V-009: unknown", "V-002..V-001: turned", "V-001: a\nV-001: b"} {
		_, err := readReasons(bad, rowsOf(t))
		require.Error(t, err, bad)
	}
}

func TestRender(t *testing.T) {
	text := string(render(rowsOf(t), map[string]string{"V-002": "TestA/V-002"}, map[string]string{"R-001": "later", "R-002": "later", "V-002": "stale"}))
	require.Contains(t, text, "\n| V-002 | proven | TestA/V-002 |\n")
	require.Contains(t, text, "\n| V-001 | open | |\n")
	require.Contains(t, text, "\n| V | V2TIM native group management | 3 | 1 | 2 |\n")
	require.Contains(t, text, "\n|  | total | 5 | 1 | 4 |\n")
	require.Contains(t, text, "\n- **later** (2): R-001, R-002\n")
	require.Contains(t, text, "\n- **"+noReason+"** (2): V-001, V-003\n")
	require.NotContains(t, text, "stale")
}

func TestRanges(t *testing.T) {
	rows := rowsOf(t)
	require.Equal(t, "V-001–V-003, R-001, R-002", ranges(rows, rows))
	require.Equal(t, "V-001, R-002", ranges([]string{"V-001", "R-002"}, rows))
}

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
		return path
	}
	var all strings.Builder
	for _, letter := range "VRZWTX" { // reasons.txt names rows of the real list
		for i := range 200 {
			fmt.Fprintf(&all, "| %c-%03d | f |\n", letter, i+1)
		}
	}
	args := []string{"-spec", file("spec.md", all.String()), "-results", file("r.json", results("pass TestA/V-001")), "-out", filepath.Join(dir, "out.md")}
	require.NoError(t, run(args, nil))
	require.NoError(t, run(append(args, "-check"), nil))
	file("out.md", "# Features\n")
	require.ErrorContains(t, run(append(args, "-check"), nil), "line 1")
}

func TestFailures(t *testing.T) {
	text, err := failureText(strings.NewReader(`{"Action":"output","Package":"p","Test":"TestA","Output":"wrong\n"}
{"Action":"output","Package":"p","Test":"TestB","Output":"fine\n"}
{"Action":"pass","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"p","Test":"TestA"}
`))
	require.NoError(t, err)
	require.Equal(t, "--- p TestA\nwrong\n", text)
}
