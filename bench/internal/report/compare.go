package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Side is one side of a comparison: one run, or several of the same.
type Side struct {
	Name string
	Runs []*Result
}

// measure is a row of the table; of is false if a run has not measured it.
type measure struct {
	name string
	of   func(*Result) (float64, bool)
}

func positive(get func(*Result) float64) func(*Result) (float64, bool) {
	return func(r *Result) (float64, bool) { return get(r), get(r) > 0 }
}

func counted(get func(*Deliveries) uint64) func(*Result) (float64, bool) {
	return func(r *Result) (float64, bool) {
		if r.Deliveries == nil {
			return 0, false
		}
		return float64(get(r.Deliveries)), true
	}
}

func percentile(of func(*Result) *Percentiles, get func(*Percentiles) float64) func(*Result) (float64, bool) {
	return func(r *Result) (float64, bool) {
		if of(r) == nil {
			return 0, false
		}
		return get(of(r)), true
	}
}

// measures are all that can be compared, in the order of the table.
func measures() []measure {
	out := []measure{
		{"deliveries per s", positive(func(r *Result) float64 { return r.DeliveriesPerS })},
		{"server CPU per delivery, µs", positive(func(r *Result) float64 { return r.ServerCPUUsPerDelivery })},
		{"floor CPU per delivery, µs", positive(func(r *Result) float64 { return r.FloorCPUUsPerDelivery })},
		{"operations per s", positive(func(r *Result) float64 { return r.OperationsPerS })},
		{"server CPU per operation, µs", positive(func(r *Result) float64 { return r.ServerCPUUsPerOperation })},
		{"floor CPU per operation, µs", positive(func(r *Result) float64 { return r.FloorCPUUsPerOperation })},
		{"server over floor", positive(func(r *Result) float64 { return r.Ratio })},
		{"frames per write", positive(func(r *Result) float64 { return r.FramesPerWrite })},
		{"bytes per connection", positive(func(r *Result) float64 { return r.BytesPerConnection })},
	}
	for _, of := range []struct {
		name string
		get  func(*Result) *Percentiles
	}{
		{"latency", func(r *Result) *Percentiles { return r.Latency }},
		{"answer", func(r *Result) *Percentiles { return r.Ack }},
	} {
		out = append(out,
			measure{of.name + " p50, ms", percentile(of.get, func(p *Percentiles) float64 { return p.P50 })},
			measure{of.name + " p90, ms", percentile(of.get, func(p *Percentiles) float64 { return p.P90 })},
			measure{of.name + " p99, ms", percentile(of.get, func(p *Percentiles) float64 { return p.P99 })},
			measure{of.name + " p99.9, ms", percentile(of.get, func(p *Percentiles) float64 { return p.P999 })},
			measure{of.name + " max, ms", percentile(of.get, func(p *Percentiles) float64 { return p.Max })})
	}
	return append(out,
		measure{"delivered", counted(func(d *Deliveries) uint64 { return d.Delivered })},
		measure{"skipped", counted(func(d *Deliveries) uint64 { return d.Skipped })})
}

// spread is a figure over the runs of a side.
type spread struct {
	n              int
	median, lo, hi float64
}

func (s Side) spread(m *measure) spread {
	var all []float64
	for _, r := range s.Runs {
		if v, ok := m.of(r); ok {
			all = append(all, v)
		}
	}
	if len(all) == 0 {
		return spread{}
	}
	slices.Sort(all)
	n := len(all)
	return spread{n: n, median: (all[(n-1)/2] + all[n/2]) / 2, lo: all[0], hi: all[n-1]}
}

// String is the median, and the least and most if there are several.
func (s spread) String() string {
	switch {
	case s.n == 0:
		return "–"
	case s.lo == s.hi:
		return figureOf(s.median)
	}
	return fmt.Sprintf("%s (%s–%s)", figureOf(s.median), figureOf(s.lo), figureOf(s.hi))
}

// over is the ratio to a base; "*" says that the ranges do not touch.
func (s spread) over(base spread) string {
	if s.n == 0 || base.median == 0 {
		return "–  "
	}
	text := fmt.Sprintf("%.3f", s.median/base.median)
	if s.n > 1 && base.n > 1 && (s.lo > base.hi || s.hi < base.lo) {
		return text + " *"
	}
	return text + "  "
}

// Compare writes a table of what was measured on at least one side, with ratios
// to the first. It refuses sides that cannot be compared: no runs, a run that
// failed, runs of different scenarios.
func Compare(w io.Writer, sides ...Side) error {
	if err := comparable(sides); err != nil {
		return err
	}
	p := &printer{w: w}
	p.line("scenario", "%s", sides[0].Runs[0].Scenario)
	for _, s := range sides {
		p.line(s.Name, "%s", s.about())
	}
	for _, d := range differences(sides) {
		p.line("differing", "%s", d)
	}
	head := []string{"", sides[0].Name}
	for _, s := range sides[1:] {
		head = append(head, s.Name, "ratio  ")
	}
	p.columns(append([][]string{head}, table(sides)...))
	return p.err
}

// columns aligns names to the left and figures to the right.
func (p *printer) columns(rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		line := fmt.Sprintf("%-*s", widths[0], row[0])
		for i, cell := range row[1:] {
			line += fmt.Sprintf("   %*s", widths[i+1], cell)
		}
		if p.err == nil {
			_, p.err = fmt.Fprintln(p.w, strings.TrimRight(line, " "))
		}
	}
}

func table(sides []Side) (rows [][]string) {
	for _, m := range measures() {
		base, measured := sides[0].spread(&m), false
		row := []string{m.name, base.String()}
		measured = base.n > 0
		for _, s := range sides[1:] {
			other := s.spread(&m)
			measured = measured || other.n > 0
			row = append(row, other.String(), other.over(base))
		}
		if measured {
			rows = append(rows, row)
		}
	}
	return rows
}

// about says what a side is.
func (s Side) about() string {
	revisions := distinct(s.Runs, func(r *Result) string { return r.Revision })
	text := "revision " + strings.Join(revisions, ", ")
	if len(revisions) == 0 {
		text = "revision unknown"
	}
	if n := len(s.Runs); n > 1 {
		text += fmt.Sprintf(", %d runs: median (least–most)", n)
	}
	return text
}
