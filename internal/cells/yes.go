package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// checkYes fails if a row's test passes against the server that says yes.
func (b *testBinary) checkYes(ctx context.Context, out io.Writer) error {
	tests, err := b.list(ctx)
	if err != nil {
		return err
	}
	claimed, err := claims(b.dir)
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
			fmt.Fprintf(out, "%s: %s against a server that does nothing\n", name, r[name])
		}
	}
	unreached := slices.DeleteFunc(claimed, func(id string) bool { return failed[id] })
	fmt.Fprintf(out, "a server that says yes: %d rows fail\n", len(failed))
	if len(unreached) > 0 {
		fmt.Fprintf(out, "not reached, the test around them fails before: %s\n", strings.Join(unreached, " "))
	}
	switch {
	case len(weak) > 0:
		return fmt.Errorf("%d tests are too weak", len(weak))
	case len(failed) == 0:
		return errors.New("no row was judged")
	}
	return nil
}

// subtestName is a string of the sources that names a subtest after rows.
var subtestName = regexp.MustCompile(`"[VRZWTX]-[0-9]{3}[^" ]*"`)

// claims are the rows that the sources name subtests after.
func claims(dir string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		for _, name := range subtestName.FindAllString(string(text), -1) {
			ids = append(ids, rowID.FindAllString(name, -1)...)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}
