//go:build linux

package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/bench/internal/report"
)

type livestreamFlags struct {
	engine
	stretch
	subscribers, publishers, payload, inFlight int
	rate                                       float64
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
	f.engine.flags(c, 1024)
	c.Flags().IntVar(&f.subscribers, "subscribers", 1000, "connections that listen")
	c.Flags().IntVar(&f.publishers, "publishers", 4, "connections that speak; they hear the others as well")
	c.Flags().IntVar(&f.payload, "payload", 100, "bytes of text, at least 40")
	c.Flags().Float64Var(&f.rate, "rate", 40, "messages a second in all; 0 = closed loop")
	c.Flags().IntVar(&f.inFlight, "in-flight", 64, "closed loop: messages that not everybody has yet, at most")
	f.stretch.flags(c)
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
	load := &measured{stretch: &f.stretch, a: a, w: w, s: s, r: r, run: talk.run, bare: f.bare, acks: talk.record}
	if err := load.measure(ctx); err != nil {
		return nil, err
	}
	return r, a.judged(ctx, s, r, false)
}

// bare is as many frames to a write as the server was measured to join.
func (f *livestreamFlags) bare(m *meter) *floorFlags {
	o := &floorFlags{loops: f.loops, linger: f.linger}
	o.Sockets, o.FramesPerWrite = f.subscribers, m.framesPerWrite
	if f.rate > 0 {
		o.PerSecond = m.perSecond() / float64(f.subscribers)
	}
	return o
}
