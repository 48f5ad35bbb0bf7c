package main

import (
	"context"
	"fmt"
	"strings"
)

// checkAlone fails if a row's test does not pass when nothing else is run: it
// leans on a sibling, and with that left out, or failing, it would say nothing.
func (b *testBinary) checkAlone(ctx context.Context, say printer) error {
	tests, _, err := claims(b.dir)
	if err != nil {
		return err
	}
	all, err := b.judge(ctx, "", "^("+strings.Join(tests, "|")+")$")
	if err != nil {
		return err
	}
	rows := all.rows()
	if len(rows) == 0 {
		return fmt.Errorf("no row was judged")
	}
	verdicts := make([]string, len(rows))
	if err := b.each(len(rows), func(i int) error {
		found, err := b.judge(ctx, "", exactly(rows[i:i+1]))
		verdicts[i] = found[rows[i]]
		return err
	}); err != nil {
		return err
	}
	lean := 0
	for i, v := range verdicts {
		if v != "PASS" {
			lean++
			say("%s: %s alone, %s among all\n", rows[i], or(v, "not run"), all[rows[i]])
		}
	}
	if lean > 0 {
		return fmt.Errorf("%d of %d tests do not pass alone", lean, len(rows))
	}
	say("%d tests of rows pass alone\n", len(rows))
	return nil
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
