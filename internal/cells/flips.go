package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// checkFlips fails if a row passes with a cell flipped on which it rests, or
// does not pass without.
func (b *testBinary) checkFlips(ctx context.Context, out io.Writer, list cellList) error {
	claimants, err := b.control(ctx, list)
	if err != nil {
		return err
	}
	reports := make([]string, len(list))
	err = b.each(len(list), func(i int) (err error) {
		reports[i], err = b.flip(ctx, list[i], claimants)
		return err
	})
	keys := map[string]bool{}
	for i, c := range list {
		_, _ = fmt.Fprint(out, reports[i])
		keys[c.key] = true
	}
	if err == nil {
		_, _ = fmt.Fprintf(out, "%d cells of %d policy rows: each row that rests on one fails when it is flipped\n", len(list), len(keys))
	}
	return err
}

// control finds the subtests that claim the rows of the list. They must pass as
// long as nothing is flipped.
func (b *testBinary) control(ctx context.Context, list cellList) (map[string][]string, error) {
	var rows []string
	for _, c := range list {
		rows = append(rows, c.rows...)
	}
	slices.Sort(rows)
	rows = slices.Compact(rows)
	tests, _, err := claims(b.dir)
	if err != nil {
		return nil, err
	}
	pattern := "^(" + strings.Join(tests, "|") + ")$/(" + strings.Join(rows, "|") + ")"
	found, err := b.judge(ctx, envFlip+neutral, pattern)
	if err != nil {
		return nil, err
	}
	claimants := map[string][]string{}
	var errs []error
	for _, name := range found.rows() {
		if found[name] != "PASS" {
			errs = append(errs, fmt.Errorf("%s: %s with nothing flipped", name, found[name]))
		}
		for _, id := range idsOf(name) {
			claimants[id] = append(claimants[id], name)
		}
	}
	for _, id := range rows {
		if len(claimants[id]) == 0 {
			errs = append(errs, fmt.Errorf("no test claims %s", id))
		}
	}
	return claimants, errors.Join(errs...)
}

// flip runs the tests of a cell's rows with the cell flipped.
func (b *testBinary) flip(ctx context.Context, c cell, claimants map[string][]string) (report string, err error) {
	var tests []string
	for _, id := range c.rows {
		tests = append(tests, claimants[id]...)
	}
	slices.Sort(tests)
	tests = slices.Compact(tests)
	found, err := b.judge(ctx, envFlip+c.flip, exactly(tests))
	if err != nil {
		return "", fmt.Errorf("line %d: %s: %w", c.line, c.flip, err)
	}
	var errs []error
	for _, name := range tests {
		switch found[name] {
		case "FAIL":
		case "":
			errs = append(errs, fmt.Errorf("line %d: %s: %s was not reached", c.line, c.flip, name))
		default:
			errs = append(errs, fmt.Errorf("line %d: %s: %s: still %s", c.line, c.flip, name, found[name]))
		}
	}
	return fmt.Sprintf("%s: %d tests fail\n", c.flip, len(tests)-len(errs)), errors.Join(errs...)
}
