package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

var (
	// subtestName is a string of the sources that names a subtest after rows.
	subtestName = regexp.MustCompile(`"[VRZWTX]-[0-9]{3}[^" ]*"`)
	testFunc    = regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
)

// claims are the tests of the files that name subtests after rows, and the rows.
func claims(dir string) (tests, ids []string, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return nil, nil, err
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, nil, err
		}
		names := subtestName.FindAllString(string(text), -1)
		if len(names) == 0 {
			continue
		}
		for _, m := range testFunc.FindAllStringSubmatch(string(text), -1) {
			tests = append(tests, m[1])
		}
		for _, name := range names {
			ids = append(ids, rowID.FindAllString(name, -1)...)
		}
	}
	slices.Sort(ids)
	return tests, slices.Compact(ids), nil
}
