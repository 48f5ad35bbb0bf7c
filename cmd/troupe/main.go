// Command troupe is the Troupe group-messaging server and its tools.
//
// It is the place where adapters are named, configuration is read and signals
// are heard; everything else is done by the packages it wires. Commands share
// one form: run with arguments and streams in, an exit status out, so that
// tests run them whole.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run carries out one command line and returns the exit status: 0 = done,
// 1 = refused or failed, 2 = could not be asked at all (usage included).
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot(&app{stdin: stdin, stdout: stdout, stderr: stderr, environ: os.Environ()})
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var e *exitError
	if !errors.As(err, &e) {
		e = &exitError{code: 1, err: err}
		if errors.Is(err, errUsage) {
			e.code = 2
		}
	}
	if e.err != nil {
		_, _ = fmt.Fprintf(stderr, "troupe: %v\n", e.err)
	}
	return e.code
}

// exitError ends the program with a status. A nil err was reported already.
type exitError struct {
	code int
	err  error
}

// Error implements error.
func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.code)
	}
	return e.err.Error()
}

// Unwrap returns the cause.
func (e *exitError) Unwrap() error { return e.err }

// errUsage marks what is wrong with a command line.
var errUsage = errors.New("see --help")

func usage(format string, args ...any) error {
	return fmt.Errorf(format+" (%w)", append(args, errUsage)...)
}
