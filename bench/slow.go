//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/bench/internal/report"
	"github.com/troupe-im/troupe/bench/internal/swarm"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

type slowFlags struct {
	engine
	connections, payload int
	share, rate          float64
	kind                 string
	stall, calm          time.Duration
}

func newSlow(a *app) *cobra.Command {
	var f slowFlags
	c := &cobra.Command{
		Use:   "slow",
		Short: "Some read nothing for a while; the others must not notice",
		Long: "slow has a share of the listeners of one group stop reading for a while and read on later. The\n" +
			"others must get everything. The slow ones are told of their level; in a durable group (--kind\n" +
			"meeting) they are told that they lag, attach with their last numbers, and get what is missing or\n" +
			"its name (gap), and read it from the history; in a livestream what was left out is named (skipped). Queues are small\n" +
			"(bench/slow.yaml).",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if a.profile == "" {
				a.defaultProfile = "slow.yaml"
			}
			return a.play(c.Context(), func(ctx context.Context, w *world) (*report.Result, error) { return a.slow(ctx, w, &f) })
		},
	}
	f.engine.flags(c, 2048)
	c.Flags().IntVar(&f.connections, "connections", 400, "connections that listen; at most 500 with --kind meeting")
	c.Flags().Float64Var(&f.share, "share", 0.1, "how many of them become slow, 0 to 1")
	c.Flags().StringVar(&f.kind, "kind", "meeting", "meeting or livestream")
	c.Flags().Float64Var(&f.rate, "rate", 200, "messages a second")
	c.Flags().IntVar(&f.payload, "payload", 8000, "bytes of text, at least 40")
	c.Flags().DurationVar(&f.stall, "stall", 5*time.Second, "how long they read nothing")
	c.Flags().DurationVar(&f.calm, "calm", 2*time.Second, "how long is talked before and after")
	return c
}

func (a *app) slow(ctx context.Context, w *world, f *slowFlags) (*report.Result, error) {
	slow := int(float64(f.connections) * f.share)
	switch {
	case f.kind != "meeting" && f.kind != "livestream":
		return nil, fmt.Errorf("kind %q: want meeting or livestream", f.kind)
	case slow < 1 || slow >= f.connections:
		return nil, errors.New("want at least one slow connection, and one that is not")
	case f.kind == "meeting" && f.connections > 500:
		return nil, errors.New("want at most 500 connections in a meeting")
	}
	if err := w.fits(f.connections + 1); err != nil {
		return nil, err
	}
	s, err := f.swarm(ctx, a, w)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	conns, p, err := f.enter(ctx, a, w, s, slow)
	if err != nil {
		return nil, err
	}
	r := &report.Result{Scenario: "slow", Subscribers: f.connections, Profile: w.profileName, Started: time.Now(),
		Extra: map[string]any{"slow": slow, "kind": f.kind, "rate": f.rate, "payload": f.payload, "stall": f.stall.String(), "codec": a.codec}}
	f.note(r)
	if err := f.run(ctx, a, w, s, conns[:slow], p, r); err != nil {
		return nil, err
	}
	if f.kind == "meeting" {
		a.say("reading what was missed from the history")
		if err := s.Continue(ctx, conns, swarm.ReadGaps, f.atOnce); err != nil {
			return nil, err
		}
	}
	if err := a.judged(ctx, s, r, true); err != nil {
		return nil, err
	}
	f.check(s, r)
	return r, nil
}

// enter lets everybody in: the slow ones and the publisher on a loop of their
// own, so that what the others get is told apart.
func (f *slowFlags) enter(ctx context.Context, a *app, w *world, s *swarm.Swarm, slow int) ([]*swarm.Conn, *swarm.Publisher, error) {
	if f.kind == "meeting" {
		g := &circle{room: s.Room(w.Run+"-hall", true)}
		speaker := s.Conn(f.loops, w.Run+"-p", swarm.LogInOnly)
		conns := f.listeners(w, s, slow, swarm.LogInOnly)
		g.members = append([]*swarm.Conn{speaker}, conns...)
		err := makeCircles(ctx, s, &f.engine, g.members, []*circle{g})
		return conns, s.Publisher(speaker, g.room, f.payload), err
	}
	room, err := openRoomFor(ctx, w, s)
	if err != nil {
		return nil, nil, err
	}
	speaker := s.Conn(f.loops, w.Run+"-p", swarm.Enter(room.room.ID))
	conns := f.listeners(w, s, slow, swarm.Enter(room.room.ID))
	all := append([]*swarm.Conn{speaker}, conns...)
	for _, c := range all {
		c.Sit(room.room)
	}
	if err := s.Open(ctx, all, swarm.Pace{AtOnce: f.atOnce}); err != nil {
		return nil, nil, err
	}
	next, err := room.calm(ctx)
	room.owner.Close()
	if err != nil {
		return nil, nil, err
	}
	if err := s.Begin(room.room, next); err != nil {
		return nil, nil, err
	}
	// Attaching by name tells the epoch, which one who lags needs.
	return conns, s.Publisher(speaker, room.room, f.payload), s.Continue(ctx, all, attachAll, f.atOnce)
}

func (f *slowFlags) listeners(w *world, s *swarm.Swarm, slow int, script swarm.Script) []*swarm.Conn {
	conns := make([]*swarm.Conn, f.connections)
	for i := range conns {
		loop := i % f.loops
		if i < slow {
			loop = f.loops
		}
		c := s.Conn(loop, fmt.Sprintf("%s-%d", w.Run, i), script)
		c.SmallBuffer = i < slow
		c.OnEvent = func(c *swarm.Conn, e *troupev1.Event) {
			if e.GetLagging() != nil {
				c.Lagged(attachAll)
			}
		}
		conns[i] = c
	}
	return conns
}

func (f *slowFlags) run(ctx context.Context, a *app, w *world, s *swarm.Swarm, slow []*swarm.Conn, p *swarm.Publisher, r *report.Result) error {
	t := &talk{s: s, pubs: []*swarm.Publisher{p}, rate: f.rate}
	sampler := a.sampler(w)
	sampler.Delivered = func() uint64 { return s.Tally().Messages }
	sampler.Latency = report.NewRecorder()
	for i := range f.loops {
		if err := s.Record(sampler.Latency, i); err != nil {
			return err
		}
	}
	sampler.Start(ctx)
	err := t.steadily(ctx, f.calm)
	if err == nil {
		a.say("%d connections read nothing", len(slow))
		s.Stall(slow, true)
		err = t.steadily(ctx, f.stall)
		s.Stall(slow, false)
		a.say("and read again")
	}
	if err == nil {
		err = t.run(ctx, f.calm)
	}
	a.watched(sampler, r)
	r.Seconds = time.Since(r.Started).Seconds()
	r.Notes = append(r.Notes, "latency is that of those who were not slow")
	return err
}

// check adds what the verdict of all does not see.
func (f *slowFlags) check(s *swarm.Swarm, r *report.Result) {
	for i := range f.loops {
		if t := s.TallyOf(i); t.Skipped+t.Gaps+t.Lagging > 0 {
			r.Faults = append(r.Faults, fmt.Sprintf("those who were not slow felt it: %d skipped, %d gaps, %d times lagging", t.Skipped, t.Gaps, t.Lagging))
		}
	}
	t := s.TallyOf(f.loops)
	r.Extra["lagging"], r.Extra["level_changes"], r.Extra["gaps"], r.Extra["gapped"] = t.Lagging, t.Levels, t.Gaps, t.Gapped
	r.Extra["gapped_and_read"] = t.Reread
	if f.kind == "meeting" && t.Reread != t.Gapped {
		r.Faults = append(r.Faults, fmt.Sprintf("%d numbers fell into gaps, %d were read from the history", t.Gapped, t.Reread))
	}
	if t.Levels == 0 {
		r.Faults = append(r.Faults, "nobody became slow: nothing was tested; stall for longer")
	}
}
