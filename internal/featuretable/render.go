package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// parts of the checklist, in its order.
var parts = []struct{ letter, name string }{
	{"V", "V2TIM native group management"},
	{"R", "RongCloud IMLib web joining"},
	{"Z", "ZEGO ZIM group management"},
	{"W", "Tencent webim 1.3"},
	{"T", "Tencent TIM web 2.x group management"},
	{"X", "Beyond the documents"},
}

func render(rows []string, proofs, reasons map[string]string) []byte {
	var b bytes.Buffer
	b.WriteString("<!-- Made by internal/featuretable; do not edit. make features -->\n# Features\n\n")
	b.WriteString("What of the checklist in [spec/features.md](spec/features.md) is proven, and by which test.\n")
	b.WriteString("A row is proven when a passing end-to-end test carries its id.\n\n")
	renderCounts(&b, rows, proofs)
	renderOpen(&b, rows, proofs, reasons)
	for _, p := range parts {
		fmt.Fprintf(&b, "\n## %s: %s\n\n| Id | State | Proven by |\n|---|---|---|\n", p.letter, p.name)
		for _, id := range rows {
			if strings.HasPrefix(id, p.letter) {
				if test, ok := proofs[id]; ok {
					fmt.Fprintf(&b, "| %s | proven | %s |\n", id, test)
				} else {
					fmt.Fprintf(&b, "| %s | open | |\n", id)
				}
			}
		}
	}
	return b.Bytes()
}

func renderCounts(b *bytes.Buffer, rows []string, proofs map[string]string) {
	b.WriteString("| Part | | Rows | Proven | Open |\n|---|---|---|---|---|\n")
	line := func(letter, name string) {
		all, proven := 0, 0
		for _, id := range rows {
			if strings.HasPrefix(id, letter) {
				all++
				if _, ok := proofs[id]; ok {
					proven++
				}
			}
		}
		fmt.Fprintf(b, "| %s | %s | %d | %d | %d |\n", letter, name, all, proven, all-proven)
	}
	for _, p := range parts {
		line(p.letter, p.name)
	}
	line("", "total")
}

// renderOpen lists the rows without proof by reason, in the order of the
// checklist.
func renderOpen(b *bytes.Buffer, rows []string, proofs, reasons map[string]string) {
	open := map[string][]string{}
	var order []string
	for _, id := range rows {
		if _, ok := proofs[id]; ok {
			continue
		}
		reason := reasons[id]
		if reason == "" {
			reason = noReason
		}
		if !slices.Contains(order, reason) {
			order = append(order, reason)
		}
		open[reason] = append(open[reason], id)
	}
	b.WriteString("\n## Open, by reason\n\n")
	if len(order) == 0 {
		b.WriteString("None.\n")
		return
	}
	for _, reason := range order {
		fmt.Fprintf(b, "- **%s** (%d): %s\n", reason, len(open[reason]), ranges(open[reason], rows))
	}
}

// ranges writes ids that follow each other in the checklist as from–to.
func ranges(ids, rows []string) string {
	var out []string
	for i := 0; i < len(ids); {
		j, at := i, slices.Index(rows, ids[i])
		for j+1 < len(ids) && at+j+1-i < len(rows) && rows[at+j+1-i] == ids[j+1] && ids[j+1][0] == ids[i][0] {
			j++
		}
		switch {
		case j == i:
			out = append(out, ids[i])
		case j == i+1:
			out = append(out, ids[i], ids[j])
		default:
			out = append(out, ids[i]+"–"+ids[j])
		}
		i = j + 1
	}
	return strings.Join(out, ", ")
}
