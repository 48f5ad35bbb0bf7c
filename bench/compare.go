package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/bench/internal/report"
)

func newCompare(a *app) *cobra.Command {
	var base []string
	c := &cobra.Command{
		Use:   "compare A.json B.json [MORE.json...]",
		Short: "Set results of the same scenario beside each other",
		Long: "compare prints the figures of results that --json wrote, with ratios to the first.\n\n" +
			"    bench compare before.json after.json\n" +
			"    bench compare --base before1.json,before2.json,before3.json after1.json after2.json after3.json\n\n" +
			"With --base there are two sides of repeated runs: those named by --base and those named as\n" +
			"arguments. Each figure is then the median, the least and the most, and a ratio is that of the\n" +
			"medians; * marks one whose ranges do not touch. Results of different scenarios and of runs\n" +
			"that failed are refused.",
		RunE: func(_ *cobra.Command, args []string) error {
			sides, err := readSides(base, args)
			if err != nil {
				return err
			}
			return report.Compare(a.stdout, sides...)
		},
	}
	c.Flags().StringSliceVar(&base, "base", nil, "`files` of one side, separated by commas; the arguments are the other")
	return c
}

// readSides reads the files: with a base two sides, else each file is one.
func readSides(base, files []string) ([]report.Side, error) {
	switch {
	case len(base) > 0 && len(files) == 0:
		return nil, errors.New("compare: --base is one side, name the files of the other")
	case len(base) == 0 && len(files) < 2:
		return nil, errors.New("compare: name at least two files")
	case len(base) > 0:
		one, err := readSide("base", base)
		if err != nil {
			return nil, err
		}
		other, err := readSide("new", files)
		return []report.Side{one, other}, err
	}
	var sides []report.Side
	names := shortNames(files)
	for i, f := range files {
		s, err := readSide(names[i], []string{f})
		if err != nil {
			return nil, err
		}
		sides = append(sides, s)
	}
	return sides, nil
}

func readSide(name string, files []string) (report.Side, error) {
	s := report.Side{Name: name}
	for _, f := range files {
		r, err := report.Load(f)
		if err != nil {
			return s, fmt.Errorf("compare: %w", err)
		}
		s.Runs = append(s.Runs, r)
	}
	return s, nil
}

// shortNames are the names of files without folder and ending, or in full if
// two would be the same.
func shortNames(files []string) []string {
	seen := map[string]bool{}
	var names []string
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".json")
		seen[name] = true
		names = append(names, name)
	}
	if len(seen) < len(files) {
		return files
	}
	return names
}
