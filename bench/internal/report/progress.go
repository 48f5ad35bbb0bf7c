package report

import (
	"fmt"
	"io"
	"math"
	"os"
	"strings"
)

// Progress shows how a run goes: one line rewritten in place on a terminal,
// else a line every second. Not safe for concurrent use.
type Progress struct {
	w        io.Writer
	terminal bool
	shown    float64 // whole seconds, of the newest plain line
	width    int     // of the newest rewritten line
}

// NewProgress writes to w, which is a terminal if it is a character device.
func NewProgress(w io.Writer) *Progress { return &Progress{w: w, terminal: isTerminal(w)} }

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Show shows the newest row of a series.
func (p *Progress) Show(s *Series) {
	n := len(s.T)
	if n == 0 {
		return
	}
	if !p.terminal {
		whole := math.Floor(s.T[n-1])
		if whole <= p.shown {
			return
		}
		p.shown = whole
		_, _ = fmt.Fprintln(p.w, progressLine(s))
		return
	}
	line := progressLine(s)
	width := len([]rune(line))
	// Spaces wipe what a longer line left.
	_, _ = fmt.Fprint(p.w, "\r", line, strings.Repeat(" ", max(p.width-width, 0)))
	p.width = width
}

// End leaves the line.
func (p *Progress) End() {
	if p.width > 0 {
		_, _ = fmt.Fprintln(p.w)
		p.width = 0
	}
}

// progressLine is the newest row in words.
func progressLine(s *Series) string {
	n := len(s.T) - 1
	parts := []string{fmt.Sprintf("%5.1f s", s.T[n])}
	add := func(c Column, format string, scale float64) {
		if len(c) > n && !math.IsNaN(c[n]) {
			parts = append(parts, fmt.Sprintf(format, c[n]*scale))
		}
	}
	add(s.Connections, "%.0f conns", 1)
	if rate, ok := perSecond(s.T, s.Operations); ok {
		parts = append(parts, short(rate)+" ops/s")
	}
	if rate, ok := perSecond(s.T, s.Delivered); ok {
		parts = append(parts, short(rate)+" deliveries/s")
		if len(s.Expected) > n {
			parts = append(parts, short(s.Delivered[n])+" of "+short(s.Expected[n]))
		}
	}
	add(s.P99, "p99 %.1f ms", 1)
	add(s.ServerCPU, "server %.0f%%", 100)
	add(s.RssAnon, "%.0f MB", 1e-6)
	return strings.Join(parts, "  ")
}

// perSecond is the rate over about the last second.
func perSecond(t, counts Column) (float64, bool) {
	n := len(counts) - 1
	if n < 0 || len(t) != len(counts) {
		return 0, false
	}
	from := n
	for from > 0 && t[n]-t[from] < 1 {
		from--
	}
	if from == n {
		return 0, false
	}
	return (counts[n] - counts[from]) / (t[n] - t[from]), true
}

// short writes a number with a unit: 1.23 M, 45.6 k, 789.
func short(v float64) string {
	switch {
	case v >= 999_500_000:
		return fmt.Sprintf("%.2f G", v/1e9)
	case v >= 999_500:
		return fmt.Sprintf("%.2f M", v/1e6)
	case v >= 10_000:
		return fmt.Sprintf("%.1f k", v/1e3)
	}
	return fmt.Sprintf("%.0f", v)
}
