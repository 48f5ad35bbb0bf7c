package report

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/troupe-im/troupe/bench/internal/load"
)

// sampleResult is as a run of a minute comes out, the same each time.
func sampleResult() *Result {
	rnd := rand.New(rand.NewPCG(1, 2))
	rec := NewRecorder()
	lane := rec.Lane()
	s := &Series{Gateway: &GatewaySeries{Ladder: map[string]Column{}}}
	delivered, operations := 0.0, 0.0
	g := s.Gateway
	steps := []string{"folded/half", "newest_only/high", "pull/full", "pull/blocked", "folded/recovered", "full/recovered", "closed/full"}
	ladder := make([]float64, len(steps))
	for i := range 241 {
		t := float64(i) * 0.25
		ramp := min(t/5, 1) * (1 + 0.25*math.Sin(t/6))
		stall := 0.0
		if t > 37 && t < 39 {
			stall = 1
		}
		add := func(c *Column, v float64) { *c = append(*c, v) }
		delivered += math.Round(190_000 * ramp * (1 - 0.5*stall) * (0.96 + 0.08*rnd.Float64()))
		operations += math.Round(13 * ramp)
		add(&s.T, t+0.0004*rnd.Float64())
		add(&s.ServerCPU, math.Round(100*(0.15+0.95*ramp))/100+0.02*float64(rnd.IntN(5)))
		add(&s.GeneratorCPU, 0.1+0.55*ramp+0.04*float64(rnd.IntN(4)))
		add(&s.RssAnon, 148e6+22e6*math.Mod(t, 7)/7+6e6*ramp+float64(rnd.IntN(1e6)))
		add(&s.Connections, 15000)
		add(&s.Expected, delivered+15000*rnd.Float64())
		add(&s.Delivered, delivered)
		add(&s.Operations, operations)
		for range 100 {
			us := 2200 * math.Exp(0.55*rnd.NormFloat64()) * (1 + 6*stall)
			if rnd.IntN(100) == 0 && rnd.IntN(4) == 0 {
				us *= 7
			}
			lane.Record(time.Duration(us*1000), 480)
		}
		p := rec.Interval()
		add(&s.P50, p.P50)
		add(&s.P99, p.P99)
		add(&s.Max, p.Max)
		if i%4 != 0 {
			continue
		}
		if stall > 0 {
			for k := range ladder {
				ladder[k] += float64(rnd.IntN(60 / (k + 1)))
			}
		} else if t > 39 && ladder[5] < ladder[0] {
			ladder[4] += ladder[1] / 4
			ladder[5] += ladder[0] / 3
		}
		add(&g.T, t)
		add(&g.FramesPerWrite, 1+13*ramp+rnd.Float64())
		add(&g.DepthMean, 4+9*ramp+40*stall)
		add(&g.DepthP99, 16+60*ramp+700*stall)
		for k, name := range steps {
			g.Ladder[name] = append(g.Ladder[name], math.Round(ladder[k]))
		}
	}
	r := &Result{
		Scenario: "fanout", Subscribers: 15000,
		Deliveries: &Deliveries{Expected: uint64(delivered), Delivered: uint64(delivered) - 312, Skipped: 312},
		Operations: uint64(operations), ServerCPUUsPerDelivery: 1.31, FramesPerWrite: 12.4,
		BytesPerConnection: 6880, Seconds: 60.1, Profile: "bench", Series: s,
		Refusals:    map[string]uint64{"429 busy": 3},
		FloorBefore: &Floor{CPUUsPerDelivery: 1.02, FramesPerWrite: 12, DeliveriesPerS: 1.61e6},
		FloorAfter:  &Floor{CPUUsPerDelivery: 1.08, FramesPerWrite: 12, DeliveriesPerS: 1.55e6},
		Machine: load.Facts{Revision: "0123456789ab", Go: "go1.26.8", System: "linux amd64 6.18.44",
			CPU: "AMD EPYC 9654", Cores: 2, Memory: "24684092 kB"},
		Command: []string{"fanout", "--subscribers", "15000", "--for", "60s", "--json", "fanout.json", "--html", "fanout.html"},
		Started: time.Date(2026, 5, 4, 13, 37, 0, 0, time.UTC),
		Extra: map[string]any{"bytes": 300, "groups": 1, "messages_per_s": 50, "warm_up_s": 5,
			"operations_by_name": map[string]uint64{"send_message": 3128, "join_group": 15000}},
		Notes: []string{"From second 37 to 39 a hundred readers were stopped, to see the ladder work."},
	}
	r.Latency, r.LatencyCurve = rec.Total()
	r.Ack, r.AckCurve = r.Latency, nil
	r.Complete()
	return r
}
