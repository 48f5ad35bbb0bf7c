package replay

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Longest is the longest latency that is told apart.
const Longest = 5 * time.Minute

// NewHistogram makes a histogram of microseconds up to Longest.
func NewHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, Longest.Microseconds(), 3)
}

// Stats gather what the excerpts did. All methods are safe for concurrent use.
type Stats struct {
	// Operations that were done, Delivered messages and tips so far, Excerpts
	// that are through: for progress.
	Operations, Delivered, Excerpts atomic.Uint64

	mu         sync.Mutex
	tally      Tally
	operations map[string]uint64
	refusals   map[string]uint64
	faults     []string
	answers    *hdrhistogram.Histogram
	deliveries *hdrhistogram.Histogram
	profile    string
}

// NewStats makes empty ones.
func NewStats() *Stats {
	return &Stats{
		operations: map[string]uint64{}, refusals: map[string]uint64{},
		answers: NewHistogram(), deliveries: NewHistogram(),
	}
}

func (s *Stats) refused(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusals[name]++
}

func (s *Stats) done(op string, took time.Duration) {
	s.Operations.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.operations[op]++
	record(s.answers, took)
}

// fault notes what must not happen: a broken connection, a wrong number, a
// refusal for good.
func (s *Stats) fault(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, text)
}

func (s *Stats) add(t Tally) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tally.Add(t)
}

func (s *Stats) merge(deliveries *hdrhistogram.Histogram) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deliveries.Merge(deliveries)
}

func (s *Stats) inForce(profile string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.profile = profile
}

func record(h *hdrhistogram.Histogram, took time.Duration) {
	_ = h.RecordValue(min(max(took, time.Microsecond), Longest).Microseconds())
}
