package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cells:", err)
		os.Exit(1)
	}
}

// printer writes to the standard output as fmt.Printf does.
type printer func(format string, args ...any)

var errUsage = errors.New("usage: cells [flags] yes | alone | flips")

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("cells", flag.ContinueOnError)
	binary := flags.String("binary", ".out/e2e.test", "the compiled end-to-end tests")
	dir := flags.String("dir", "e2e", "the folder the tests run in, with their sources")
	file := flags.String("file", "e2e/testdata/cells.txt", "the cells and the rows that rest on them")
	table := flags.String("table", "docs/policies.md", "the policy table")
	short := flags.Bool("short", false, "flip one cell of each policy row only")
	workers := flags.Int("workers", 4, "test processes at a time")
	patience := flags.Duration("patience", 0, "how long a test waits for what must come; 0 = as the tests have it")
	if err := flags.Parse(args); err != nil {
		return err
	}
	path, err := filepath.Abs(*binary)
	if err != nil {
		return err
	}
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(out, format, args...) }
	b := &testBinary{path: path, dir: *dir, workers: *workers, patience: *patience}
	switch flags.Arg(0) {
	case "yes":
		return b.checkYes(ctx, say)
	case "alone":
		return b.checkAlone(ctx, say)
	case "flips":
		l, err := readCells(*file, *table)
		if err != nil {
			return err
		}
		if *short {
			l = l.sample()
		}
		return b.checkFlips(ctx, say, l)
	}
	return errUsage
}
