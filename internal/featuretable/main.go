package main

import (
	"bytes"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

//go:embed reasons.txt
var reasonsText string

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "featuretable:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("featuretable", flag.ContinueOnError)
	results := flags.String("results", "", "output of go test -json")
	spec := flags.String("spec", "docs/spec/features.md", "the checklist")
	file := flags.String("out", "docs/features.md", "the table to write")
	check := flags.Bool("check", false, "write nothing, fail if the table differs")
	failures := flags.String("failures", "", "print what failed in this output of go test -json, and end")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *failures != "" {
		return printFailures(*failures, out)
	}
	table, err := makeTable(*spec, *results)
	if err != nil {
		return err
	}
	if *check {
		have, err := os.ReadFile(*file)
		if err != nil {
			return err
		}
		if !bytes.Equal(have, table) {
			return fmt.Errorf("%s is not what the tests prove; make features:\n%s", *file, firstDifference(have, table))
		}
		return nil
	}
	return os.WriteFile(*file, table, 0o644)
}

func makeTable(spec, results string) ([]byte, error) {
	text, err := os.ReadFile(spec)
	if err != nil {
		return nil, err
	}
	rows, err := readRows(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", spec, err)
	}
	f, err := os.Open(results)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	proofs, err := readProofs(f, rows)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", results, err)
	}
	reasons, err := readReasons(reasonsText, rows)
	if err != nil {
		return nil, fmt.Errorf("reasons.txt: %w", err)
	}
	return render(rows, proofs, reasons), nil
}

func printFailures(file string, out io.Writer) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	text, err := failureText(f)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(out, text); err != nil {
		return err
	}
	return errors.New("tests failed")
}

// firstDifference is the first line that differs, for people.
func firstDifference(have, want []byte) string {
	a, b := bytes.Split(have, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range max(len(a), len(b)) {
		line := func(l [][]byte) string {
			if i < len(l) {
				return string(l[i])
			}
			return "(end)"
		}
		if line(a) != line(b) {
			return fmt.Sprintf("line %d\n- %s\n+ %s", i+1, line(a), line(b))
		}
	}
	return ""
}
