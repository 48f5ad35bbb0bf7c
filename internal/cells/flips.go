package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// checkFlips fails if a row passes with a cell flipped on which it rests, or
// does not pass without.
func (b *testBinary) checkFlips(ctx context.Context, say printer, list cellList) error {
	claimants, err := b.claimants(ctx, list)
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
		say("%s", reports[i])
		keys[c.key] = true
	}
	if err == nil {
		say("%d cells of %d policy rows: each row that rests on one fails when it is flipped\n", len(list), len(keys))
	}
	return err
}

// claimants finds the subtests that claim the rows of the list.
func (b *testBinary) claimants(ctx context.Context, list cellList) (map[string][]string, error) {
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
	for _, name := range found.rows() {
		for _, id := range idsOf(name) {
			claimants[id] = append(claimants[id], name)
		}
	}
	var errs []error
	for _, id := range rows {
		if len(claimants[id]) == 0 {
			errs = append(errs, fmt.Errorf("no test claims %s", id))
		}
	}
	return claimants, errors.Join(errs...)
}

// flip runs the tests of a cell's rows with nothing flipped, then with the
// cell. Both runs select the same tests: a row that needs a sibling which is
// left out fails in the first.
func (b *testBinary) flip(ctx context.Context, c cell, claimants map[string][]string) (report string, err error) {
	var tests []string
	for _, id := range c.rows {
		tests = append(tests, claimants[id]...)
	}
	slices.Sort(tests)
	tests = slices.Compact(tests)
	fail := func(format string, args ...any) (string, error) {
		return "", fmt.Errorf("line %d: %s: %w", c.line, c.flip, fmt.Errorf(format, args...))
	}
	usual, err := b.passes(ctx, tests)
	if err != nil {
		return fail("%w", err)
	}
	found, err := b.judge(ctx, envFlip+c.flip, exactly(tests))
	if err != nil {
		return fail("%w", err)
	}
	var wrong, around []string
	for _, name := range tests {
		parent := name[:strings.LastIndex(name, "/")]
		switch {
		case usual[name] != "PASS":
			wrong = append(wrong, name+" does not pass with nothing flipped")
		case found[name] == "FAIL":
		case found[name] == "" && found[parent] == "FAIL":
			around = append(around, name)
		default:
			wrong = append(wrong, name+" does not fail")
		}
	}
	if len(wrong) > 0 {
		return fail("%s", strings.Join(wrong, "; "))
	}
	report = fmt.Sprintf("%s: %d tests fail", c.flip, len(tests))
	if len(around) > 0 {
		report += ", not reached because the test around them fails: " + strings.Join(around, " ")
	}
	return report + "\n", nil
}

// secondPatience is for machines that have much else to do.
const secondPatience = time.Minute

// passes runs tests with nothing flipped; those that fail get a second try,
// with more patience.
func (b *testBinary) passes(ctx context.Context, tests []string) (results, error) {
	found, err := b.judge(ctx, envFlip+neutral, exactly(tests))
	if err != nil || !slices.ContainsFunc(tests, func(n string) bool { return found[n] != "PASS" }) {
		return found, err
	}
	patient := *b
	patient.patience = max(b.patience, secondPatience)
	return patient.judge(ctx, envFlip+neutral, exactly(tests))
}
