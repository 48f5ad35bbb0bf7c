package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// most is how many rows one subtest may prove: a test that claims more proves
// none of them well.
const most = 3

var (
	rowLine = regexp.MustCompile(`^\| *([VRZWTX]-[0-9]{3}) *\|`)
	rowID   = regexp.MustCompile(`[VRZWTX]-[0-9]{3}`)
)

// readRows takes the ids of the checklist, in its order.
func readRows(r io.Reader) ([]string, error) {
	var rows []string
	seen := map[string]bool{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		m := rowLine.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		if seen[m[1]] {
			return nil, fmt.Errorf("row %s stands twice", m[1])
		}
		seen[m[1]] = true
		rows = append(rows, m[1])
	}
	if len(rows) == 0 {
		return nil, errors.New("no rows")
	}
	return rows, lines.Err()
}

// testEvent is a line of go test -json.
type testEvent struct {
	Action  string
	Package string
	Test    string
	Output  string
}

func readEvents(r io.Reader, each func(testEvent)) error {
	d := json.NewDecoder(r)
	for {
		var e testEvent
		switch err := d.Decode(&e); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		each(e)
	}
}

// readProofs gives the name of a passing subtest for each row that has one.
func readProofs(r io.Reader, rows []string) (map[string]string, error) {
	proofs := map[string]string{}
	var errs []error
	passed := 0
	err := readEvents(r, func(e testEvent) {
		if e.Action == "fail" {
			errs = append(errs, fmt.Errorf("%s %s failed", e.Package, e.Test))
		}
		if e.Action != "pass" || e.Test == "" {
			return
		}
		passed++
		ids := idsOf(e.Test)
		if len(ids) > most {
			errs = append(errs, fmt.Errorf("%s claims %d rows, more than %d", e.Test, len(ids), most))
		}
		for _, id := range ids {
			if !slices.Contains(rows, id) {
				errs = append(errs, fmt.Errorf("%s claims %s, which is no row", e.Test, id))
			}
			if old, ok := proofs[id]; !ok || e.Test < old {
				proofs[id] = e.Test
			}
		}
	})
	if err == nil && passed == 0 {
		err = errors.New("no test passed")
	}
	return proofs, errors.Join(append(errs, err)...)
}

// idsOf are the rows that a subtest claims: those in the last part of its name.
func idsOf(test string) []string {
	i := strings.LastIndex(test, "/")
	if i < 0 {
		return nil
	}
	ids := rowID.FindAllString(test[i+1:], -1)
	slices.Sort(ids)
	return slices.Compact(ids)
}

// failureText is the output of the tests that failed, and of packages that did
// not get as far as tests.
func failureText(r io.Reader) (string, error) {
	output := map[string][]string{}
	var failed []string
	err := readEvents(r, func(e testEvent) {
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output", "build-output":
			output[key] = append(output[key], e.Output)
		case "fail":
			failed = append(failed, key)
		}
	})
	var b strings.Builder
	for _, key := range failed {
		b.WriteString("--- " + key + "\n" + strings.Join(output[key], ""))
	}
	return b.String(), err
}
