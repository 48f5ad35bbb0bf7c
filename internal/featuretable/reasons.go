package main

import (
	"fmt"
	"slices"
	"strings"
)

// noReason stands for rows that nothing is said about.
const noReason = "no test claims it yet"

// readReasons reads why rows are open. A line is a list of ids and ranges
// (V-004, X-001..X-010), a colon and a reason; # begins a comment. A row may
// have one reason only.
func readReasons(text string, rows []string) (map[string]string, error) {
	reasons := map[string]string{}
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		list, reason, ok := strings.Cut(line, ":")
		reason = strings.TrimSpace(reason)
		if !ok || reason == "" {
			return nil, fmt.Errorf("line %d: want ids, a colon and a reason", n+1)
		}
		for _, part := range strings.Fields(strings.ReplaceAll(list, ",", " ")) {
			ids, err := expand(part, rows)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n+1, err)
			}
			for _, id := range ids {
				if _, twice := reasons[id]; twice {
					return nil, fmt.Errorf("line %d: %s has a reason already", n+1, id)
				}
				reasons[id] = reason
			}
		}
	}
	return reasons, nil
}

// expand gives the rows of an id or a range.
func expand(part string, rows []string) ([]string, error) {
	from, to, isRange := strings.Cut(part, "..")
	if !isRange {
		to = from
	}
	a, b := slices.Index(rows, from), slices.Index(rows, to)
	if a < 0 || b < a {
		return nil, fmt.Errorf("%s names no rows", part)
	}
	return rows[a : b+1], nil
}
