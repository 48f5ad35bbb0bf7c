//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/bench/internal/report"
	"github.com/troupe-im/troupe/bench/internal/swarm"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

type mixedFlags struct {
	engine
	connections, groups, largest, rooms, payload int
	zipf, rate, share                            float64
	duration, wave                               time.Duration
	seed                                         uint64
}

func newMixed(a *app) *cobra.Command {
	var f mixedFlags
	c := &cobra.Command{
		Use:   "mixed",
		Short: "Groups of all sizes and livestreams, with waves of joins and leaves",
		Long: "mixed has durable groups whose sizes follow Zipf's law and some livestreams side by side. All have\n" +
			"publishers that talk at a rate. In each wave some members leave a durable group and join it again.\n" +
			"Every delivery is judged: who left may hear nothing more, who joined misses nothing after his first.",
		Args: cobra.NoArgs,
		RunE: a.scenario(func(ctx context.Context, w *world) (*report.Result, error) { return a.mixed(ctx, w, &f) }),
	}
	f.engine.flags(c, 64)
	c.Flags().IntVar(&f.connections, "connections", 2000, "connections")
	c.Flags().IntVar(&f.groups, "groups", 200, "durable groups")
	c.Flags().IntVar(&f.largest, "largest", 500, "members of the largest group, at most 500")
	c.Flags().Float64Var(&f.zipf, "zipf", 1, "the group of rank k has largest / k^zipf members, at least 2")
	c.Flags().IntVar(&f.rooms, "rooms", 4, "livestreams; everybody is in one of them")
	c.Flags().Float64Var(&f.rate, "rate", 200, "messages a second in all, one group or livestream after the other")
	c.Flags().IntVar(&f.payload, "payload", 100, "bytes of text, at least 40")
	c.Flags().Float64Var(&f.share, "share", 0.05, "share of the connections that move in each wave")
	c.Flags().DurationVar(&f.wave, "wave", 2*time.Second, "time between waves")
	c.Flags().DurationVar(&f.duration, "duration", 20*time.Second, "how long")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "who is where and who moves follows from it")
	return c
}

// town is all that a mixed run has.
type town struct {
	f       *mixedFlags
	s       *swarm.Swarm
	random  *rand.Rand
	conns   []*swarm.Conn
	circles []*circle
	// stages are the livestreams; the connection with number i is in stage i
	// modulo their number.
	stages   []*livestreamRoom
	speakers []*swarm.Conn
	pubs     []*swarm.Publisher
	moves    uint64
}

func (a *app) mixed(ctx context.Context, w *world, f *mixedFlags) (*report.Result, error) {
	if f.connections < 2 || f.groups < 1 || f.largest > 500 || f.largest > f.connections || f.rooms < 0 {
		return nil, errors.New("want 2 or more connections, a group, and a largest group of at most 500 and of all connections")
	}
	if err := w.fits(f.connections + f.groups + 2*f.rooms); err != nil {
		return nil, err
	}
	s, err := f.swarm(ctx, a, w)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	t := &town{f: f, s: s, random: rand.New(rand.NewPCG(f.seed, 0))}
	a.say("seed %d; %d connections enter %d groups and %d livestreams", f.seed, f.connections, f.groups, f.rooms)
	if err := t.settle(ctx, w); err != nil {
		return nil, err
	}
	r := &report.Result{Scenario: "mixed", Connections: f.connections, Profile: w.profileName,
		Extra: map[string]any{"groups": f.groups, "largest": f.largest, "zipf": f.zipf, "rooms": f.rooms, "rate": f.rate,
			"payload": f.payload, "share": f.share, "seed": f.seed, "codec": a.codec}}
	f.note(r)
	sampler := a.sampler(w)
	sampler.Delivered = func() uint64 { return s.Tally().Messages }
	sampler.Latency = report.NewRecorder()
	if err := s.Record(sampler.Latency); err != nil {
		return nil, err
	}
	m := &meter{w: w, s: s}
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	sampler.Start(ctx)
	err = t.live(ctx)
	if err == nil {
		err = s.Settle(ctx, patience)
	}
	a.watched(sampler, r)
	if err := errors.Join(err, m.end(ctx)); err != nil {
		return nil, err
	}
	m.fill(r)
	r.Extra["moves"] = t.moves
	return r, a.judged(ctx, s, r, false)
}

// settle makes everything and lets everybody in.
func (t *town) settle(ctx context.Context, w *world) error {
	f := t.f
	for i := range f.connections {
		t.conns = append(t.conns, t.s.Conn(i%f.loops, fmt.Sprintf("%s-%d", w.Run, i), swarm.LogInOnly))
	}
	for g := range f.groups {
		speaker := t.s.Conn(f.loops, fmt.Sprintf("%s-p%d", w.Run, g), swarm.LogInOnly)
		c := &circle{room: t.s.Room(fmt.Sprintf("%s-g%d", w.Run, g), true), members: []*swarm.Conn{speaker}}
		size := max(2, int(float64(f.largest)/math.Pow(float64(g+1), f.zipf)))
		for _, i := range t.random.Perm(f.connections)[:min(size, f.connections)-1] {
			c.members = append(c.members, t.conns[i])
		}
		t.circles, t.speakers = append(t.circles, c), append(t.speakers, speaker)
		t.pubs = append(t.pubs, t.s.Publisher(speaker, c.room, f.payload))
	}
	if err := makeCircles(ctx, t.s, &f.engine, append(append([]*swarm.Conn(nil), t.conns...), t.speakers...), t.circles); err != nil {
		return err
	}
	return t.enterStages(ctx, w)
}

// enterStages makes the livestreams and has everybody join one.
func (t *town) enterStages(ctx context.Context, w *world) error {
	for n := range t.f.rooms {
		room, err := openRoomNamed(ctx, w, t.s, fmt.Sprintf("%s-stage%d", w.Run, n))
		if err != nil {
			return err
		}
		room.owner.Close()
		t.stages = append(t.stages, room)
		speaker := t.s.Conn(t.f.loops, fmt.Sprintf("%s-s%d", w.Run, n), swarm.Enter(room.room.ID))
		speaker.Sit(room.room)
		if err := t.s.Open(ctx, []*swarm.Conn{speaker}, swarm.Pace{}); err != nil {
			return err
		}
		t.pubs = append(t.pubs, t.s.Publisher(speaker, room.room, t.f.payload))
	}
	if t.f.rooms == 0 {
		return nil
	}
	at := map[*swarm.Conn]*swarm.Room{}
	for i, c := range t.conns {
		at[c] = t.stages[i%len(t.stages)].room
	}
	return t.s.Continue(ctx, t.conns, func(c *swarm.Conn, step int, _ func() *troupev1.Answer) *troupev1.Request {
		if step == 0 {
			c.SitNow(at[c])
			return join(at[c])
		}
		return nil
	}, t.f.atOnce)
}

func join(r *swarm.Room) *troupev1.Request {
	return &troupev1.Request{Op: &troupev1.Request_JoinGroup{JoinGroup: &troupev1.JoinGroup{GroupId: r.ID}}}
}

// live talks, with a wave of moves from time to time.
func (t *town) live(ctx context.Context) error {
	talking, hush := context.WithCancel(ctx)
	defer hush()
	said := make(chan error, 1)
	go func() {
		err := (&talk{s: t.s, pubs: t.pubs, rate: t.f.rate}).steadily(talking, t.f.duration)
		if talking.Err() != nil {
			err = nil
		}
		said <- err
	}()
	end := time.Now().Add(t.f.duration)
	for time.Now().Add(t.f.wave).Before(end) {
		select {
		case err := <-said:
			return err
		case <-time.After(t.f.wave):
		}
		if err := t.move(ctx); err != nil {
			return err
		}
	}
	return <-said
}

// move is a wave: some leave one of their groups and join it again.
func (t *town) move(ctx context.Context) error {
	where := map[*swarm.Conn]*swarm.Room{}
	for range int(float64(len(t.conns)) * t.f.share) {
		g := t.circles[t.random.IntN(len(t.circles))]
		where[g.members[1+t.random.IntN(len(g.members)-1)]] = g.room
	}
	var movers []*swarm.Conn
	joined := map[*swarm.Conn]*atomic.Bool{}
	for c := range where {
		movers = append(movers, c)
		joined[c] = &atomic.Bool{}
	}
	t.moves += uint64(len(movers))
	return t.s.Continue(ctx, movers, func(c *swarm.Conn, step int, _ func() *troupev1.Answer) *troupev1.Request {
		r := where[c]
		switch {
		case step == 0:
			joined[c].Store(false)
			c.Leaving(r)
			return &troupev1.Request{Op: &troupev1.Request_LeaveGroup{LeaveGroup: &troupev1.LeaveGroup{GroupId: r.ID}}}
		case joined[c].Load():
			return nil
		case !c.Left(r): // the answer comes before the last frames due
			return &troupev1.Request{Op: &troupev1.Request_Ping{Ping: &troupev1.Ping{}}}
		}
		joined[c].Store(true)
		c.Rejoin(r)
		return join(r)
	}, t.f.atOnce)
}
