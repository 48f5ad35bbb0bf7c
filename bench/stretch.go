//go:build linux

package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/bench/internal/report"
	"github.com/troupe-im/troupe/bench/internal/swarm"
)

// stretch are the flags of a load that is measured between two floors.
type stretch struct{ duration, warmUp, floor time.Duration }

func (f *stretch) flags(c *cobra.Command) {
	c.Flags().DurationVar(&f.duration, "duration", 20*time.Second, "how long")
	c.Flags().DurationVar(&f.warmUp, "warm-up", 3*time.Second, "the same load before, not measured; the floor before follows from it; 0 = neither")
	c.Flags().DurationVar(&f.floor, "floor", 5*time.Second, "how long the floor is measured, before and after; 0 = not")
}

// measured is such a load.
type measured struct {
	*stretch
	a *app
	w *world
	s *swarm.Swarm
	r *report.Result
	m *meter
	// run has the load go for a time and waits until all is delivered.
	run func(ctx context.Context, d time.Duration) error
	// bare is what the floor writes, by what the meter saw; how long is the
	// stretch's.
	bare func(m *meter) *floorFlags
	// acks has the times to answers noted.
	acks func(*report.Recorder)
	// operations so far; nil = none are counted.
	operations func() uint64
}

// measure has the load go: a little, then the floor, then what is measured, then
// the floor again.
func (b *measured) measure(ctx context.Context) (err error) {
	b.m = &meter{w: b.w, s: b.s}
	if b.warmUp > 0 {
		b.a.say("warming up")
		if err := b.metered(ctx, b.warmUp); err != nil {
			return err
		}
	}
	if b.r.FloorBefore, err = b.beside(ctx); err != nil {
		return err
	}
	b.a.say("measuring for %s", b.duration)
	sampler := b.a.sampler(b.w)
	sampler.Delivered, sampler.Operations = func() uint64 { return b.s.Tally().Messages }, b.operations
	sampler.Latency = report.NewRecorder()
	if err := b.s.Record(sampler.Latency); err != nil {
		return err
	}
	acks := report.NewRecorder()
	b.acks(acks)
	before := b.done()
	sampler.Start(ctx)
	err = b.metered(ctx, b.duration)
	b.a.watched(sampler, b.r)
	if err != nil {
		return err
	}
	b.r.Ack, b.r.AckCurve = acks.Total()
	b.m.fill(b.r)
	if b.r.Operations = b.done() - before; b.r.Operations > 0 {
		b.r.ServerCPUUsPerOperation = micros(b.m.server, b.r.Operations)
	}
	b.r.FloorAfter, err = b.beside(ctx)
	return err
}

func (b *measured) done() uint64 {
	if b.operations == nil {
		return 0
	}
	return b.operations()
}

func (b *measured) metered(ctx context.Context, d time.Duration) error {
	if err := b.m.begin(ctx); err != nil {
		return err
	}
	return errors.Join(b.run(ctx, d), b.m.end(ctx))
}

// beside runs the floor; nil if it is not wanted, or nothing was measured yet
// that it could follow.
func (b *measured) beside(ctx context.Context) (*report.Floor, error) {
	if b.floor <= 0 || b.w.server == nil || b.m.deliveries == 0 {
		return nil, nil
	}
	o := b.bare(b.m)
	o.For, o.FrameBytes = b.floor, b.m.frameBytes()
	b.a.say("measuring the floor: %d bytes, %.2f frames per write, %.0f/s", o.FrameBytes, o.FramesPerWrite, b.m.perSecond())
	return b.a.floorBeside(ctx, b.w, o)
}
