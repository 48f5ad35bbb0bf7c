package replay

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Report is what a run comes to.
type Report struct {
	Excerpts   uint64            `json:"excerpts"`
	Operations map[string]uint64 `json:"operations"`
	Refusals   map[string]uint64 `json:"refusals"`
	Deliveries Tally             `json:"deliveries"`
	// Answer is the time from a request to its answer, Delivery that from a
	// request to each receiver of what it caused; milliseconds.
	Answer   Percentiles `json:"answer_ms"`
	Delivery Percentiles `json:"delivery_ms"`
	Seconds  float64     `json:"seconds"`
	Profile  string      `json:"profile"`
	// Faults are the first of those that happened.
	Faults     []string `json:"faults,omitempty"`
	FaultCount int      `json:"fault_count"`
}

// Percentiles are points of a distribution, in milliseconds.
type Percentiles struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99_9"`
	Max  float64 `json:"max"`
}

// PercentilesOf reads a histogram of microseconds.
func PercentilesOf(h *hdrhistogram.Histogram) Percentiles {
	at := func(q float64) float64 { return float64(h.ValueAtQuantile(q)) / 1000 }
	return Percentiles{P50: at(50), P90: at(90), P99: at(99), P999: at(99.9), Max: float64(h.Max()) / 1000}
}

// faultsShown bounds the list of a report.
const faultsShown = 20

// Report sums up.
func (s *Stats) Report(took time.Duration) *Report {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &Report{
		Excerpts: s.Excerpts.Load(), Operations: maps.Clone(s.operations), Refusals: maps.Clone(s.refusals),
		Deliveries: s.tally, Answer: PercentilesOf(s.answers), Delivery: PercentilesOf(s.deliveries),
		Seconds: took.Seconds(), Profile: s.profile,
		Faults: slices.Clone(s.faults[:min(len(s.faults), faultsShown)]), FaultCount: len(s.faults),
	}
}

// Err says why the run failed, nil if it did not.
func (r *Report) Err() error {
	errs := []error{r.Deliveries.Err()}
	if r.FaultCount > 0 {
		errs = append(errs, fmt.Errorf("%d faults, the first: %s", r.FaultCount, r.Faults[0]))
	}
	return errors.Join(errs...)
}

// Write prints the report for people.
func (r *Report) Write(w io.Writer) error {
	p := &printer{w: w}
	p.line("profile     %s", r.Profile)
	p.line("excerpts    %d in %.1f s", r.Excerpts, r.Seconds)
	p.line("operations  %s", counts(r.Operations))
	p.line("refusals    %s", counts(r.Refusals))
	d := r.Deliveries
	p.line("deliveries  %d expected, %d received (%.0f/s); %d lost, %d doubled, %d changed, %d out of order, %d not meant for the receiver",
		d.Expected, d.Received, float64(d.Received)/max(r.Seconds, 0.001), d.Lost, d.Doubled, d.Changed, d.Disordered, d.Foreign)
	p.line("answer      %s", r.Answer)
	p.line("delivery    %s", r.Delivery)
	for _, f := range r.Faults {
		p.line("fault       %s", f)
	}
	return p.err
}

// String shows the percentiles on one line.
func (p Percentiles) String() string {
	return fmt.Sprintf("p50 %.2f  p90 %.2f  p99 %.2f  p99.9 %.2f  max %.2f ms", p.P50, p.P90, p.P99, p.P999, p.Max)
}

func counts(m map[string]uint64) string {
	if len(m) == 0 {
		return "none"
	}
	text := ""
	for _, k := range slices.Sorted(maps.Keys(m)) {
		text += fmt.Sprintf("%s %d, ", k, m[k])
	}
	return text[:len(text)-2]
}

type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}
