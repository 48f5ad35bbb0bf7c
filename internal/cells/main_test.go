package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// script is a test binary that behaves as its text says.
func script(t *testing.T, text string) *testBinary {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "e2e.test")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700))
	source := "func TestA(t *testing.T) {\nt.Run(\"V-001_V-002\"\nt.Run(\"V-003\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "v_test.go"), []byte(source), 0o600))
	return &testBinary{path: path, dir: dir, workers: 2}
}

func into(b *strings.Builder) printer {
	return func(format string, args ...any) { fmt.Fprintf(b, format, args...) }
}

func TestYes(t *testing.T) {
	for _, c := range []struct {
		name, text, out, err string
	}{
		{"all fail", `echo "    --- FAIL: TestA/V-001_V-002 (0.00s)"; echo "    --- FAIL: TestA/V-003 (0.00s)"; exit 1`, "3 rows fail\n", ""},
		{"one passes", `echo "    --- FAIL: TestA/V-001_V-002 (0.00s)"; echo "    --- PASS: TestA/V-003 (0.00s)"; exit 1`, "TestA/V-003: PASS", "1 tests are too weak"},
		{"one is skipped", `echo "    --- SKIP: TestA/V-003 (0.00s)"`, "TestA/V-003: SKIP", "1 tests are too weak"},
		{"one is not reached", `echo "    --- FAIL: TestA/V-001_V-002 (0.00s)"; exit 1`, "fails before: V-003", ""},
		{"nothing ran", `exit 1`, "", "no row was judged"},
		{"cases within a row are its own", `echo "    --- FAIL: TestA/V-003 (0.00s)"; echo "    --- PASS: TestA/V-003/case (0.00s)"; exit 1`, "1 rows fail", ""},
		{"no server", `echo "Error Trace: /x/yes_test.go:50"; echo "--- FAIL: TestA (0.00s)"; exit 1`, "", "did not start"},
		{"a panic ends the process", `case "$*" in *-test.skip*) echo "    --- PASS: TestA/V-003 (0.00s)";; *) echo "    --- FAIL: TestA/V-001_V-002 (0.00s)"; echo "panic: oh"; exit 2;; esac`,
			"TestA/V-003: PASS", "1 tests are too weak"},
		{"a panic at once", `echo "panic: oh"; exit 2`, "", "no row was judged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			err := script(t, c.text).checkYes(context.Background(), into(&out))
			require.Contains(t, out.String(), c.out)
			if c.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.err)
			}
		})
	}
}

func TestAlone(t *testing.T) {
	const all = `echo "    --- PASS: TestA/V-001_V-002 (0.00s)"; echo "    --- PASS: TestA/V-003 (0.00s)"`
	alone := func(first, second string) string {
		return `case "$*" in *V-001*) ` + first + `;; *V-003*) ` + second + `;; *) ` + all + `;; esac`
	}
	pass := func(name string) string { return `echo "    --- PASS: TestA/` + name + ` (0.00s)"` }
	for _, c := range []struct {
		name, text, out, err string
	}{
		{"both pass", alone(pass("V-001_V-002"), pass("V-003")), "2 tests of rows pass alone\n", ""},
		{"one needs the other", alone(pass("V-001_V-002"), `echo "    --- FAIL: TestA/V-003 (0.00s)"; exit 1`), "TestA/V-003: FAIL alone, PASS among all", "1 of 2 tests"},
		{"one is not found", alone(`echo PASS`, pass("V-003")), "TestA/V-001_V-002: not run alone", "1 of 2 tests"},
		{"nothing ran", `exit 1`, "", "no row was judged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			err := script(t, c.text).checkAlone(context.Background(), into(&out))
			require.Contains(t, out.String(), c.out)
			if c.err == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, c.err)
			}
		})
	}
}

func TestFlips(t *testing.T) {
	const passes = `echo "    --- PASS: TestA/V-001_V-002 (0.00s)"; echo "    --- PASS: TestA/V-003 (0.00s)"`
	list := cellList{{1, "public.searchable=no", "searchable", []string{"V-001", "V-003"}}}
	flipped := func(then string) string {
		return `if [ "$TROUPE_E2E_FLIP" = ` + neutral + " ]; then " + passes + "; exit; fi\n" + then
	}
	for _, c := range []struct {
		name, text, err string
	}{
		{"both fail", flipped(`echo "    --- FAIL: TestA/V-001_V-002 (0.00s)"; echo "    --- FAIL: TestA/V-003 (0.00s)"; exit 1`), ""},
		{"one passes", flipped(`echo "    --- FAIL: TestA/V-001_V-002 (0.00s)"; echo "    --- PASS: TestA/V-003 (0.00s)"; exit 1`),
			"line 1: public.searchable=no: TestA/V-003 does not fail"},
		{"the test around fails", flipped(`echo "--- FAIL: TestA (0.00s)"; exit 1`), ""},
		{"one is not run", flipped(`echo "--- PASS: TestA (0.00s)"; echo "    --- FAIL: TestA/V-003 (0.00s)"; exit 1`), "TestA/V-001_V-002 does not fail"},
		{"the cell is not taken", flipped(`echo "policy searchable of kind public: no: the values are"; exit 1`), "did not start"},
		{"one fails without", `echo "    --- PASS: TestA/V-001_V-002 (0.00s)"; echo "    --- FAIL: TestA/V-003 (0.00s)"; exit 1`, "TestA/V-003 does not pass with nothing flipped"},
		{"one passes only with patience", `if [ "$TROUPE_E2E_FLIP" = ` + neutral + ` ] && [ "$TROUPE_E2E_PATIENCE" != 1m0s ]; then echo "    --- PASS: TestA/V-001_V-002 (0.00s)"; echo "    --- FAIL: TestA/V-003 (0.00s)"; exit 1; fi
` + flipped(`echo "    --- FAIL: TestA/V-001_V-002 (0.00s)"; echo "    --- FAIL: TestA/V-003 (0.00s)"; exit 1`), ""},
		{"nobody claims the row", `echo "    --- PASS: TestA/V-003 (0.00s)"`, "no test claims V-001"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			err := script(t, c.text).checkFlips(context.Background(), into(&out), list)
			if c.err == "" {
				require.NoError(t, err)
				require.Contains(t, out.String(), "1 cells of 1 policy rows")
			} else {
				require.ErrorContains(t, err, c.err)
			}
		})
	}
}

func TestParseCells(t *testing.T) {
	list, without, err := parseCells(strings.NewReader("# a comment\n\npublic.searchable=no V-001 R-002\nhistory: belongs to the kind\n"))
	require.NoError(t, err)
	require.Equal(t, cellList{{3, "public.searchable=no", "searchable", []string{"V-001", "R-002"}}}, list)
	require.Equal(t, []string{"history"}, without)
	for _, wrong := range []string{"public.searchable=no", "public.searchable V-001", "searchable=no V-001", "public.searchable=no V-1", "public.searchable=no V-001x", "history:"} {
		_, _, err := parseCells(strings.NewReader(wrong))
		require.ErrorContains(t, err, "line 1", wrong)
	}
}

func TestComplete(t *testing.T) {
	list := cellList{{flip: "public.a=1", key: "a"}}
	require.NoError(t, complete(list, []string{"b"}, []string{"a", "b"}))
	require.ErrorContains(t, complete(list, nil, []string{"a", "b"}), "b is missing")
	require.ErrorContains(t, complete(list, []string{"a"}, []string{"a"}), "a has rows and a reason")
}

func TestSample(t *testing.T) {
	list := cellList{{1, "x.a=1", "a", []string{"V-001", "V-002"}}, {2, "y.a=1", "a", []string{"V-003"}}, {3, "x.b=1", "b", []string{"V-004"}}}
	require.Equal(t, cellList{{1, "x.a=1", "a", []string{"V-001"}}, {3, "x.b=1", "b", []string{"V-004"}}}, list.sample())
	require.Len(t, list[0].rows, 2, "the list itself stays whole")
}

// The file of this repository speaks of every policy row.
func TestFile(t *testing.T) {
	list, err := readCells("../../e2e/testdata/cells.txt", "../../docs/policies.md")
	require.NoError(t, err)
	require.NotEmpty(t, list)
}

func TestExactly(t *testing.T) {
	require.Equal(t, `^TestA$/^V-001\.x$|^TestB$/^c$/^V-002$`, exactly([]string{"TestA/V-001.x", "TestB/c/V-002"}))
}
