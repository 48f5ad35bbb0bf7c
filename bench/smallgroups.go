//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/bench/internal/report"
	"github.com/troupe-im/troupe/bench/internal/swarm"
)

type smallgroupsFlags struct {
	engine
	stretch
	groups, members, connections, senders, payload int
}

func newSmallgroups(a *app) *cobra.Command {
	var f smallgroupsFlags
	c := &cobra.Command{
		Use:   "smallgroups",
		Short: "Many small durable groups in which some talk all the time",
		Long: "smallgroups has connections that are each in several groups with history. Senders send one message\n" +
			"after another, each to the next of its groups, and wait for the answer: every message is stored,\n" +
			"answered, and delivered to all other members. Every delivery is judged. The floor is what as many\n" +
			"bare writes of such frames cost, one frame each.",
		Args: cobra.NoArgs,
		RunE: a.scenario(func(ctx context.Context, w *world) (*report.Result, error) { return a.smallgroups(ctx, w, &f) }),
	}
	f.engine.flags(c, 16)
	c.Flags().IntVar(&f.groups, "groups", 2000, "groups")
	c.Flags().IntVar(&f.members, "members", 10, "members of each")
	c.Flags().IntVar(&f.connections, "connections", 2000, "connections, spread evenly over the groups")
	c.Flags().IntVar(&f.senders, "senders", 200, "connections that send, each with one message under way")
	c.Flags().IntVar(&f.payload, "payload", 100, "bytes of text, at least 40")
	f.stretch.flags(c)
	return c
}

func (a *app) smallgroups(ctx context.Context, w *world, f *smallgroupsFlags) (*report.Result, error) {
	if err := w.fits(f.connections); err != nil {
		return nil, err
	}
	if f.members > f.connections || f.members < 2 || f.senders > f.connections {
		return nil, errors.New("want 2 <= members <= connections, senders <= connections")
	}
	s, err := f.swarm(ctx, a, w)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	a.say("making %d groups of %d", f.groups, f.members)
	conns, circles := f.world(w, s)
	if err := makeCircles(ctx, s, &f.engine, conns, circles); err != nil {
		return nil, err
	}
	r := &report.Result{Scenario: "smallgroups", Connections: f.connections, Profile: w.profileName,
		Extra: map[string]any{"groups": f.groups, "members": f.members, "senders": f.senders, "payload": f.payload, "codec": a.codec}}
	f.note(r)
	chat := newChat(s, circles, conns[:f.senders], f.payload)
	load := &measured{stretch: &f.stretch, a: a, w: w, s: s, r: r, run: chat.run, bare: f.bare, acks: chat.record, operations: chat.answered.Load}
	if err := load.measure(ctx); err != nil {
		return nil, err
	}
	f.perMessage(r)
	return r, a.judged(ctx, s, r, false)
}

// world spreads the connections over the groups: each is in as many, and few
// pairs meet twice.
func (f *smallgroupsFlags) world(w *world, s *swarm.Swarm) ([]*swarm.Conn, []*circle) {
	conns := make([]*swarm.Conn, f.connections)
	for i := range conns {
		conns[i] = s.Conn(i%f.loops, fmt.Sprintf("%s-%d", w.Run, i), swarm.LogInOnly)
	}
	circles := make([]*circle, f.groups)
	stride := max(1, f.connections/f.members-3)
	for g := range circles {
		circles[g] = &circle{room: s.Room(fmt.Sprintf("%s-g%d", w.Run, g), true)}
		for k := range f.members {
			circles[g].members = append(circles[g].members, conns[(g+k*stride)%f.connections])
		}
	}
	return conns, circles
}

// bare is one frame to a write.
func (f *smallgroupsFlags) bare(m *meter) *floorFlags {
	o := &floorFlags{loops: f.loops, linger: f.linger}
	o.Sockets, o.FramesPerWrite, o.PerSecond = f.connections, 1, m.perSecond()/float64(f.connections)
	return o
}

// perMessage sets the costs beside each other.
func (f *smallgroupsFlags) perMessage(r *report.Result) {
	if r.FloorBefore == nil {
		return
	}
	// An answer and a delivery to each other member.
	each := (r.FloorBefore.CPUUsPerDelivery + r.FloorAfter.CPUUsPerDelivery) / 2
	r.FloorCPUUsPerOperation = float64(f.members) * each
	r.Ratio = r.ServerCPUUsPerOperation / r.FloorCPUUsPerOperation
	r.Notes = append(r.Notes, fmt.Sprintf("the ratio is per message; its floor is %d bare writes, each of one frame, and stores nothing", f.members))
}

// chat is senders who each wait for an answer before they speak again.
type chat struct {
	s       *swarm.Swarm
	senders [][]*swarm.Publisher // of a sender one for each of its groups

	answered atomic.Uint64
	end      atomic.Int64 // Now's clock
}

func newChat(s *swarm.Swarm, circles []*circle, speakers []*swarm.Conn, payload int) *chat {
	t := &chat{s: s}
	of := map[*swarm.Conn]int{}
	for i, c := range speakers {
		of[c] = i
	}
	t.senders = make([][]*swarm.Publisher, len(speakers))
	for _, g := range circles {
		for _, c := range g.members {
			if i, ok := of[c]; ok {
				t.senders[i] = append(t.senders[i], s.Publisher(c, g.room, payload))
			}
		}
	}
	for _, pubs := range t.senders {
		n := 0
		for _, p := range pubs {
			p.OnAnswer = func(*swarm.Publisher) {
				t.answered.Add(1)
				if now := swarm.Now(); now < t.end.Load() {
					n++
					_ = pubs[n%len(pubs)].Send(now) // a connection that is gone is a fault of its own
				}
			}
		}
	}
	return t
}

// record has the times to answers noted.
func (t *chat) record(to *report.Recorder) {
	lane := to.Lane()
	for _, pubs := range t.senders {
		for _, p := range pubs {
			p.Record(lane)
		}
	}
}

// run has everybody talk for d, and waits until everything is delivered.
func (t *chat) run(ctx context.Context, d time.Duration) error {
	t.end.Store(swarm.Now() + int64(d))
	for _, pubs := range t.senders {
		if len(pubs) == 0 {
			continue
		}
		if err := pubs[0].Send(swarm.Now()); err != nil {
			return err
		}
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return t.s.Settle(ctx, patience)
}
