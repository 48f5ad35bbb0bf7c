package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
)

// lastRow is the last row of the policy table of which the file must speak. The
// rows above it are about messages, which the vendors' documents leave open.
const lastRow = 29

// cell is one value of the policy table and the rows that rest on it.
type cell struct {
	line int
	// flip is kind.key=value, as the environment takes it.
	flip string
	key  string
	rows []string
}

type cellList []cell

// neutral is a flip that changes nothing: the tests have the same patience as
// with the others.
const neutral = "work.name_max=30"

var (
	flipText  = regexp.MustCompile(`^(\w+)\.(\w+)=(\S+)$`)
	noneText  = regexp.MustCompile(`^(\w+): \S`)
	tableLine = regexp.MustCompile("^\\| (\\d+) \\| `(\\w+)` \\|")
)

// readCells reads the file and holds it to the keys of the policy table.
func readCells(file, table string) (cellList, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	list, without, err := parseCells(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	text, err = os.ReadFile(table)
	if err != nil {
		return nil, err
	}
	keys, err := policyKeys(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", table, err)
	}
	if err := complete(list, without, keys); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return list, nil
}

// parseCells reads lines "kind.key=value ROW ROW …". A line "key: reason" says
// why a policy row has none. Empty lines and those that begin with # are
// comments.
func parseCells(r io.Reader) (list cellList, without []string, err error) {
	var errs []error
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		if m := noneText.FindStringSubmatch(line); m != nil {
			without = append(without, m[1])
			continue
		}
		words := strings.Fields(line)
		m := flipText.FindStringSubmatch(words[0])
		rows := words[1:]
		wrong := slices.ContainsFunc(rows, func(id string) bool { return rowID.FindString(id) != id })
		if m == nil || len(rows) == 0 || wrong {
			errs = append(errs, fmt.Errorf("line %d: want kind.key=value ROW …, or key: reason", n))
			continue
		}
		list = append(list, cell{n, words[0], m[2], rows})
	}
	return list, without, errors.Join(append(errs, lines.Err())...)
}

// policyKeys are the keys of the first rows of the table, in order.
func policyKeys(table string) ([]string, error) {
	var keys []string
	for line := range strings.Lines(table) {
		if m := tableLine.FindStringSubmatch(line); m != nil && len(keys) < lastRow {
			keys = append(keys, m[2])
		}
	}
	if len(keys) < lastRow {
		return nil, fmt.Errorf("%d rows, want %d or more", len(keys), lastRow)
	}
	return keys, nil
}

// complete reports the policy rows of which the file says nothing, or two things.
func complete(list cellList, without, keys []string) error {
	var errs []error
	for _, key := range keys {
		has := slices.ContainsFunc(list, func(c cell) bool { return c.key == key })
		says := slices.Contains(without, key)
		switch {
		case has && says:
			errs = append(errs, fmt.Errorf("%s has rows and a reason for having none", key))
		case !has && !says:
			errs = append(errs, fmt.Errorf("%s is missing: rows that rest on it, or the reason why there are none", key))
		}
	}
	return errors.Join(errs...)
}

// sample is the first cell of each policy row, with its first row only.
func (l cellList) sample() cellList {
	var out cellList
	seen := map[string]bool{}
	for _, c := range l {
		if !seen[c.key] {
			seen[c.key] = true
			c.rows = c.rows[:1]
			out = append(out, c)
		}
	}
	return out
}
