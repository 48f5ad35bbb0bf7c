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

type livestreamFlags struct {
	engine
	subscribers, publishers, payload, inFlight int
	rate                                       float64
	duration, warmUp, floor                    time.Duration
}

func newLivestream(a *app) *cobra.Command {
	var f livestreamFlags
	c := &cobra.Command{
		Use:   "livestream",
		Short: "One livestream: few speak, many listen",
		Long: "livestream has subscribers join one livestream and publishers talk in it, at a fixed rate whatever\n" +
			"the answers do, or with --rate 0 as fast as the room keeps up. Every delivery is judged; nobody is\n" +
			"slow, so nothing may be skipped. The server's processor time per delivery stands beside that of a\n" +
			"program that only writes the same frames, as many to a write, before and after.",
		Args: cobra.NoArgs,
		RunE: a.scenario(func(ctx context.Context, w *world) (*report.Result, error) { return a.livestream(ctx, w, &f) }),
	}
	f.engine.flags(c)
	c.Flags().IntVar(&f.subscribers, "subscribers", 1000, "connections that listen")
	c.Flags().IntVar(&f.publishers, "publishers", 4, "connections that speak; they hear the others as well")
	c.Flags().IntVar(&f.payload, "payload", 100, "bytes of text, at least 40")
	c.Flags().Float64Var(&f.rate, "rate", 40, "messages a second in all; 0 = closed loop")
	c.Flags().IntVar(&f.inFlight, "in-flight", 64, "closed loop: messages that not everybody has yet, at most")
	c.Flags().DurationVar(&f.duration, "duration", 20*time.Second, "how long")
	c.Flags().DurationVar(&f.warmUp, "warm-up", 3*time.Second, "the same load before, not measured; the floor before takes from it how many frames share a write")
	c.Flags().DurationVar(&f.floor, "floor", 5*time.Second, "how long the floor is measured, before and after; 0 = not")
	c.Flags().StringVar((*string)(&f.tamper), "tamper", "", "make one delivery, in the last client process, `lost, doubled` or changed, to see the run fail")
	return c
}

func (a *app) livestream(ctx context.Context, w *world, f *livestreamFlags) (*report.Result, error) {
	if err := a.assemble(ctx, w, f.subscribers+f.publishers); err != nil {
		return nil, err
	}
	s, err := f.swarm(ctx, a, w)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	room, err := a.fillRoom(ctx, w, s, &f.engine, f.subscribers, f.publishers, f.payload)
	if err != nil {
		return nil, err
	}
	defer room.owner.Close()
	r := &report.Result{Scenario: "livestream", Subscribers: f.subscribers, Profile: w.profileName,
		Extra: map[string]any{"publishers": f.publishers, "payload": f.payload, "rate": f.rate, "codec": a.codec}}
	f.note(r)
	talk := newTalk(s, room, f.rate, f.inFlight)
	if err := f.withFloors(ctx, a, w, s, r, talk); err != nil {
		return nil, err
	}
	return r, a.judged(ctx, s, r, false)
}

// withFloors talks: a little, then the floor, then what is measured, then the
// floor again.
func (f *livestreamFlags) withFloors(ctx context.Context, a *app, w *world, s *swarm.Swarm, r *report.Result, t *talk) error {
	m := &meter{w: w, s: s}
	if f.warmUp > 0 {
		a.say("warming up")
		if err := m.begin(ctx); err != nil {
			return err
		}
		if err := t.run(ctx, f.warmUp); err != nil {
			return err
		}
		if err := m.end(ctx); err != nil {
			return err
		}
	}
	beside := func() (*report.Floor, error) {
		if f.floor <= 0 || w.server == nil || m.deliveries == 0 {
			return nil, nil
		}
		a.say("measuring the floor: %d bytes, %.2f frames per write, %.0f/s", m.frameBytes(), m.framesPerWrite, m.perSecond())
		o := &floorFlags{loops: f.loops, linger: f.linger}
		o.Sockets, o.FrameBytes, o.FramesPerWrite, o.For = f.subscribers, m.frameBytes(), m.framesPerWrite, f.floor
		if f.rate > 0 {
			o.PerSecond = m.perSecond() / float64(f.subscribers)
		}
		return a.floorBeside(ctx, w, o)
	}
	var err error
	if r.FloorBefore, err = beside(); err != nil {
		return err
	}
	a.say("measuring for %s", f.duration)
	sampler := a.sampler(w)
	sampler.Delivered = func() uint64 { return s.Tally().Messages }
	sampler.Latency = report.NewRecorder()
	if err := s.Record(sampler.Latency); err != nil {
		return err
	}
	acks := report.NewRecorder()
	for _, p := range t.pubs {
		p.Record(acks.Lane())
	}
	if err := m.begin(ctx); err != nil {
		return err
	}
	sampler.Start(ctx)
	err = t.run(ctx, f.duration)
	a.watched(sampler, r)
	if err := errors.Join(err, m.end(ctx)); err != nil {
		return err
	}
	r.Ack, r.AckCurve = acks.Total()
	m.fill(r)
	r.FloorAfter, err = beside()
	return err
}
