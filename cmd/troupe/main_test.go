package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience bounds waits that a correct program never uses up.
const patience = 60 * time.Second

// ended is how a command ended.
type ended struct {
	code           int
	stdout, stderr string
}

// troupe runs one command to its end.
func troupe(t *testing.T, args ...string) ended { return troupeIn(t, "", args...) }

func troupeIn(t *testing.T, stdin string, args ...string) ended {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var out, errs bytes.Buffer
	code := run(ctx, args, strings.NewReader(stdin), &out, &errs)
	return ended{code, out.String(), errs.String()}
}

// ok runs a command that must succeed and returns what it printed.
func ok(t *testing.T, args ...string) string {
	t.Helper()
	e := troupe(t, args...)
	require.Zero(t, e.code, "%v: %s", args, e.stderr)
	return e.stdout
}

// object runs a command that prints one JSON object on one line.
func asObject(t *testing.T, text string) map[string]any {
	t.Helper()
	require.Equal(t, 1, strings.Count(text, "\n"), text)
	var m map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &m), text)
	return m
}

// program is a command that runs until it is stopped.
type program struct {
	t              *testing.T
	stop           context.CancelFunc
	stdout, stderr *lines
	code           chan int
}

// lines are what a program prints.
type lines struct{ c chan string }

func newLines() (*lines, io.WriteCloser) {
	r, w := io.Pipe()
	l := &lines{c: make(chan string, 1000)}
	go func() {
		defer close(l.c)
		for s := bufio.NewScanner(r); s.Scan(); {
			l.c <- s.Text()
		}
	}()
	return l, w
}

// next waits for a line that matches.
func (l *lines) next(t *testing.T, pattern string) []string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for timeout := time.After(patience); ; {
		select {
		case line, open := <-l.c:
			require.True(t, open, "ended without %s", pattern)
			if m := re.FindStringSubmatch(line); m != nil {
				return m
			}
		case <-timeout:
			require.FailNow(t, "no line "+pattern)
		}
	}
}

func begin(t *testing.T, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p := &program{t: t, stop: cancel, code: make(chan int, 1)}
	out, outW := newLines()
	errs, errW := newLines()
	p.stdout, p.stderr = out, errs
	go func() {
		code := run(ctx, args, strings.NewReader(""), outW, errW)
		_ = outW.Close()
		_ = errW.Close()
		p.code <- code
	}()
	t.Cleanup(func() { p.end() })
	return p
}

// end stops a program, once, and gives its exit status.
func (p *program) end() int {
	p.t.Helper()
	p.stop()
	select {
	case code := <-p.code:
		p.code <- code
		return code
	case <-time.After(patience):
		require.FailNow(p.t, "the program does not end")
		return -1
	}
}

// serving starts a development server; url and admin are its addresses.
func serving(t *testing.T, dir string, more ...string) (p *program, url, admin string) {
	t.Helper()
	p = begin(t, append([]string{"serve", "--dev", "--dev-admin", "root", "--addr", "127.0.0.1:0",
		"--admin-addr", "127.0.0.1:0", "--data", dir, "--log-level", "error"}, more...)...)
	url = p.stdout.next(t, `listens on (ws://\S+)`)[1]
	admin = p.stdout.next(t, `admin on (http://\S+)`)[1]
	return p, url, admin
}

func TestHelp(t *testing.T) {
	var visit func(path []string, help string)
	names := regexp.MustCompile(`(?m)^  ([a-z]+) `)
	visit = func(path []string, help string) {
		if path[len(path)-1] == "help" || strings.Contains(strings.Join(path, " "), "completion") {
			return
		}
		require.Contains(t, help, "Examples:", "%v", path)
		_, sub, found := strings.Cut(help, "Available Commands:")
		if !found {
			return
		}
		sub, _, _ = strings.Cut(sub, "\n\n")
		for _, m := range names.FindAllStringSubmatch(sub, -1) {
			next := append(append([]string{}, path...), m[1])
			visit(next, ok(t, append(next[1:], "--help")...))
		}
	}
	visit([]string{"troupe"}, ok(t, "--help"))
}

func TestUsage(t *testing.T) {
	for _, tc := range []struct {
		name string
		args []string
		want string
	}{
		{"unknown command", []string{"sreve"}, "there is no command"},
		{"unknown subcommand", []string{"token", "forge"}, "there is no command"},
		{"unknown flag", []string{"serve", "--port", "1"}, "unknown flag"},
		{"missing argument", []string{"call", "ann"}, "arg"},
		{"missing flag", []string{"backup"}, "out"},
		{"nothing to inspect", []string{"inspect", "--file", "main.go"}, "GROUP"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := troupe(t, tc.args...)
			require.Equal(t, 2, e.code)
			require.Contains(t, e.stderr, tc.want)
			require.Empty(t, e.stdout)
		})
	}
}

func TestVersion(t *testing.T) {
	require.Regexp(t, `^troupe \S+ \(go1\.\S+, \w+/\w+\)\n$`, ok(t, "version"))
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		require.Contains(t, ok(t, "completion", shell), "troupe")
	}
}
