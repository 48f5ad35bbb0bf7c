package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// timeout ends a process whose tests hang.
const timeout = "10m"

// What the end-to-end tests listen to.
const (
	envYes  = "TROUPE_E2E_YES=1"
	envFlip = "TROUPE_E2E_FLIP="

	envPatience = "TROUPE_E2E_PATIENCE="
)

var (
	rowID      = regexp.MustCompile(`[VRZWTX]-[0-9]{3}`)
	resultLine = regexp.MustCompile(`(?m)^ *--- (PASS|FAIL|SKIP): (\S+) \(`)
	// A server that did not start makes every test fail and shows nothing: the
	// first is the yes-server, the second a cell that was not taken.
	notStarted = regexp.MustCompile(`yes_test\.go:\d+|policy \w+ of kind \w+: .*|there is no such kind|connection refused`)
	crashed    = regexp.MustCompile(`(?m)^(panic: |fatal error: )`)
)

// testBinary is a compiled test package.
type testBinary struct {
	path    string
	dir     string // the working directory, with the sources
	workers int
	// patience is how long a test waits, 0 = as the tests have it.
	patience time.Duration
}

// results hold PASS, FAIL or SKIP by the name of the test.
type results map[string]string

// rows are the subtests named after rows: those with ids in the last part.
func (r results) rows() []string {
	var names []string
	for name := range r {
		if len(idsOf(name)) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// idsOf are the rows that a test claims.
func idsOf(test string) []string {
	i := strings.LastIndex(test, "/")
	if i < 0 {
		return nil
	}
	return rowID.FindAllString(test[i+1:], -1)
}

// exactly is a pattern for -test.run that matches these tests.
func exactly(tests []string) string {
	patterns := make([]string, len(tests))
	for i, t := range tests {
		parts := strings.Split(t, "/")
		for j, p := range parts {
			parts[j] = "^" + regexp.QuoteMeta(p) + "$"
		}
		patterns[i] = strings.Join(parts, "/")
	}
	return strings.Join(patterns, "|")
}

// start runs the tests to their end; the error is of type *exec.ExitError if
// they fail.
func (b *testBinary) start(ctx context.Context, env string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, b.path, args...)
	cmd.Dir = b.dir
	cmd.Env = os.Environ()
	if env != "" {
		cmd.Env = append(cmd.Env, env)
	}
	if b.patience > 0 {
		cmd.Env = append(cmd.Env, envPatience+b.patience.String())
	}
	return cmd.CombinedOutput()
}

// judge runs the tests that a pattern matches. A panic ends the process: what
// had not been judged by then runs again.
func (b *testBinary) judge(ctx context.Context, env, pattern string) (results, error) {
	all := results{}
	for {
		args := []string{"-test.v", "-test.run", pattern, "-test.parallel", "8", "-test.timeout", timeout}
		if rows := all.rows(); len(rows) > 0 {
			args = append(args, "-test.skip", exactly(rows))
		}
		out, err := b.start(ctx, env, args...)
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
			return nil, errors.Join(err, ctx.Err())
		}
		if m := notStarted.Find(out); m != nil {
			return nil, fmt.Errorf("the server did not start: %s", bytes.TrimSpace(m))
		}
		before := len(all)
		for _, m := range resultLine.FindAllSubmatch(out, -1) {
			all[string(m[2])] = string(m[1])
		}
		if !crashed.Match(out) || len(all) == before {
			return all, nil
		}
	}
}

// each calls f for every index below n, as many at a time as there are workers.
func (b *testBinary) each(n int, f func(i int) error) error {
	errs := make([]error, n)
	next := make(chan int)
	var wg sync.WaitGroup
	for range b.workers {
		wg.Go(func() {
			for i := range next {
				errs[i] = f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	return errors.Join(errs...)
}
