package replay

import (
	"maps"
	"time"

	"github.com/troupe-im/troupe/bench/internal/report"
)

// faultsShown bounds the list of a result.
const faultsShown = 20

// Result sums up. Latency is from a request to each receiver of what it caused.
func (s *Stats) Result(took time.Duration) *report.Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tally
	r := &report.Result{
		Scenario: "replay", Profile: s.profile, Seconds: took.Seconds(),
		Deliveries: &report.Deliveries{
			Expected: t.Expected, Delivered: t.Received, Lost: t.Lost, Doubled: t.Doubled,
			Disordered: t.Disordered, Changed: t.Changed, Foreign: t.Foreign,
		},
		Operations: s.Operations.Load(), Refusals: maps.Clone(s.refusals),
		Extra: map[string]any{"excerpts": s.Excerpts.Load(), "operations_by_name": maps.Clone(s.operations)},
	}
	r.Latency, r.LatencyCurve = s.Heard.Total()
	r.Ack, r.AckCurve = s.answers.Total()
	r.Faults = append(r.Faults, s.faults[:min(len(s.faults), faultsShown)]...)
	if more := len(s.faults) - len(r.Faults); more > 0 {
		r.Extra["further_faults"] = more
	}
	return r
}
