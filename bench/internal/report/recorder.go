package report

import (
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Longest is the longest latency that is told apart; the shortest is 1 µs.
const Longest = 5 * time.Minute

// NewHistogram makes a histogram of microseconds up to Longest.
func NewHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, Longest.Microseconds(), 3)
}

// Percentiles are points of a distribution, in milliseconds.
type Percentiles struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99_9"`
	Max  float64 `json:"max"`
}

// PercentilesOf reads a histogram of microseconds; nil if it is empty.
func PercentilesOf(h *hdrhistogram.Histogram) *Percentiles {
	if h.TotalCount() == 0 {
		return nil
	}
	at := func(q float64) float64 { return float64(h.ValueAtQuantile(q)) / 1000 }
	return &Percentiles{P50: at(50), P90: at(90), P99: at(99), P999: at(99.9), Max: float64(h.Max()) / 1000}
}

// String shows the percentiles on one line.
func (p Percentiles) String() string {
	return fmt.Sprintf("p50 %.2f  p90 %.2f  p99 %.2f  p99.9 %.2f  max %.2f ms", p.P50, p.P90, p.P99, p.P999, p.Max)
}

// Curve are points of a distribution: the percentile, 0 to 100, and the
// milliseconds that so many per cent stay below or at.
type Curve [][2]float64

// curveTicks is how many points lie between a percentile and the one that is
// half as far from 100.
const curveTicks = 6

// CurveOf reads a histogram of microseconds.
func CurveOf(h *hdrhistogram.Histogram) Curve {
	if h.TotalCount() == 0 {
		return nil
	}
	var c Curve
	for _, b := range h.CumulativeDistributionWithTicks(curveTicks) {
		// Doubles of doubles leave dust far behind the point.
		c = append(c, [2]float64{math.Round(b.Quantile*1e7) / 1e7, float64(b.ValueAt) / 1000})
	}
	return c
}

// Recorder gathers latencies from many goroutines, each with a Lane of its own,
// and tells them apart by interval.
type Recorder struct {
	mu       sync.Mutex
	lanes    []*Lane
	sources  []func() *Latencies
	total    *hdrhistogram.Histogram
	interval *hdrhistogram.Histogram
}

// Latencies are a histogram in the form in which it goes from one process to
// another.
type Latencies = hdrhistogram.Snapshot

// NewRecorder makes an empty one.
func NewRecorder() *Recorder { return &Recorder{total: NewHistogram(), interval: NewHistogram()} }

// Lane is one goroutine's share of a Recorder. Lanes have some 200 KB each: one
// per reader goroutine where these are few, not one per connection.
type Lane struct {
	mu   sync.Mutex // hardly contended: the Recorder takes it once per interval
	hist *hdrhistogram.Histogram
}

// Lane makes another lane.
func (r *Recorder) Lane() *Lane {
	l := &Lane{hist: NewHistogram()}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lanes = append(r.lanes, l)
	return l
}

// Record notes n latencies of the same length; below 1 µs counts as 1 µs.
func (l *Lane) Record(took time.Duration, n int64) {
	us := min(max(took, time.Microsecond), Longest).Microseconds()
	l.mu.Lock()
	_ = l.hist.RecordValues(us, n)
	l.mu.Unlock()
}

// From has the recorder ask for latencies that are noted elsewhere: source gives
// those since it was asked before, nil for none.
func (r *Recorder) From(source func() *Latencies) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sources = append(r.sources, source)
}

// Merge adds what was noted elsewhere, once; nil is nothing.
func (r *Recorder) Merge(l *Latencies) {
	if l == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total.Merge(hdrhistogram.Import(l))
}

// Interval are the percentiles since the call before; nil if nothing came.
func (r *Recorder) Interval() *Percentiles {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gather()
	return PercentilesOf(r.interval)
}

// Since is all that came since the call before, or of Interval; nil if nothing
// did.
func (r *Recorder) Since() *Latencies {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gather(); r.interval.TotalCount() == 0 {
		return nil
	}
	return r.interval.Export()
}

// gather moves what came into the interval, and adds that to the total.
func (r *Recorder) gather() {
	r.interval.Reset()
	for _, l := range r.lanes {
		l.mu.Lock()
		if l.hist.TotalCount() > 0 {
			r.interval.Merge(l.hist)
			l.hist.Reset()
		}
		l.mu.Unlock()
	}
	for _, source := range r.sources {
		if l := source(); l != nil {
			r.interval.Merge(hdrhistogram.Import(l))
		}
	}
	r.total.Merge(r.interval)
}

// Total is everything so far: percentiles, nil if there is nothing, and curve.
// What came since the last interval belongs to none then.
func (r *Recorder) Total() (*Percentiles, Curve) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gather()
	return PercentilesOf(r.total), CurveOf(r.total)
}
