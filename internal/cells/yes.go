package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// checkYes fails if a row's test passes against the server that says yes.
func (b *testBinary) checkYes(ctx context.Context, say printer) error {
	tests, claimed, err := claims(b.dir)
	if err != nil {
		return err
	}
	found := make([]results, len(tests))
	if err := b.each(len(tests), func(i int) (err error) {
		found[i], err = b.judge(ctx, envYes, exactly(tests[i:i+1]))
		if err != nil {
			err = fmt.Errorf("%s: %w", tests[i], err)
		}
		return err
	}); err != nil {
		return err
	}
	var weak []string
	failed := map[string]bool{}
	for _, r := range found {
		for _, name := range r.rows() {
			if r[name] == "FAIL" {
				for _, id := range idsOf(name) {
					failed[id] = true
				}
				continue
			}
			weak = append(weak, name)
			say("%s: %s against a server that does nothing\n", name, r[name])
		}
	}
	unreached := slices.DeleteFunc(claimed, func(id string) bool { return failed[id] })
	say("a server that says yes: %d rows fail\n", len(failed))
	if len(unreached) > 0 {
		say("not reached, the test around them fails before: %s\n", strings.Join(unreached, " "))
	}
	switch {
	case len(weak) > 0:
		return fmt.Errorf("%d tests are too weak", len(weak))
	case len(failed) == 0:
		return errors.New("no row was judged")
	}
	return nil
}
