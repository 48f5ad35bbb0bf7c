package replay

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/troupe-im/troupe/bench/internal/report"
)

// lanes of each recorder are shared: one per connection would be too many.
const lanes = 8

// Stats gather what the excerpts did. All methods are safe for concurrent use.
type Stats struct {
	// Operations that were done, Delivered messages and tips so far, Excerpts
	// that are through: for progress.
	Operations, Delivered, Excerpts atomic.Uint64
	// Heard are the times from a request to each receiver of what it caused.
	Heard *report.Recorder

	answers       *report.Recorder
	heardLanes    [lanes]*report.Lane
	answeredLanes [lanes]*report.Lane

	mu         sync.Mutex
	tally      Tally
	operations map[string]uint64
	refusals   map[string]uint64
	faults     []string
	profile    string
}

// NewStats makes empty ones.
func NewStats() *Stats {
	s := &Stats{
		operations: map[string]uint64{}, refusals: map[string]uint64{},
		Heard: report.NewRecorder(), answers: report.NewRecorder(),
	}
	for i := range lanes {
		s.heardLanes[i], s.answeredLanes[i] = s.Heard.Lane(), s.answers.Lane()
	}
	return s
}

func (s *Stats) refused(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusals[name]++
}

func (s *Stats) done(op string) {
	s.Operations.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.operations[op]++
}

// answered and heard note a latency of an excerpt.
func (s *Stats) answered(excerpt int, took time.Duration) {
	s.answeredLanes[excerpt%lanes].Record(took, 1)
}

func (s *Stats) heard(excerpt int, took time.Duration) {
	s.Delivered.Add(1)
	s.heardLanes[excerpt%lanes].Record(took, 1)
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

func (s *Stats) inForce(profile string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.profile = profile
}
