//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/bench/internal/crew"
	"github.com/troupe-im/troupe/bench/internal/report"
	"github.com/troupe-im/troupe/bench/internal/swarm"
)

type reconnectFlags struct {
	engine
	connections, groupSize, payload, times int
	rate                                   float64
	way                                    string
	calm                                   time.Duration
}

func newReconnect(a *app) *cobra.Command {
	var f reconnectFlags
	c := &cobra.Command{
		Use:   "reconnect",
		Short: "Everybody's connection breaks at once, and everybody comes back",
		Long: "reconnect has members of durable groups hear their publishers. Then all connections but the\n" +
			"publishers' are cut without a word while these go on (--way cut), or the server is stopped in order\n" +
			"and started again, with messages under way (--way drain). Everybody comes back as clients do: after\n" +
			"a random part of a second, or after the time that the stopping server names, and later if that\n" +
			"fails; with the resume ticket, or the token where that is refused; and attaches with the last\n" +
			"numbers. Publishers repeat what was not answered. Nothing may be lost, doubled or skipped.",
		Args: cobra.NoArgs,
		RunE: a.scenario(func(ctx context.Context, w *world) (*report.Result, error) { return a.reconnect(ctx, w, &f) }),
	}
	f.engine.flags(c, 256)
	c.Flags().IntVar(&f.connections, "connections", 5000, "connections that come back")
	c.Flags().IntVar(&f.groupSize, "group-size", 100, "of them in each group, at most 500")
	c.Flags().IntVar(&f.payload, "payload", 100, "bytes of text, at least 40")
	c.Flags().Float64Var(&f.rate, "rate", 5, "messages a second in each group")
	c.Flags().StringVar(&f.way, "way", "cut", "cut or drain")
	c.Flags().IntVar(&f.times, "times", 2, "how often")
	c.Flags().DurationVar(&f.calm, "calm", 3*time.Second, "how long is talked before, between and after")
	return c
}

func (a *app) reconnect(ctx context.Context, w *world, f *reconnectFlags) (*report.Result, error) {
	groups := (f.connections + f.groupSize - 1) / max(f.groupSize, 1)
	switch {
	case f.way != "cut" && f.way != "drain":
		return nil, fmt.Errorf("way %q: want cut or drain", f.way)
	case f.way == "drain" && w.server == nil:
		return nil, errors.New("to drain the server, it must be started here")
	case f.groupSize < 1 || f.groupSize > 500:
		return nil, errors.New("want 1 to 500 members in a group")
	}
	if err := w.fits(f.connections + groups); err != nil {
		return nil, err
	}
	s, err := f.swarm(ctx, a, w)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	b := &breaker{a: a, w: w, f: f, s: s, times: report.NewRecorder(), away: report.NewRecorder()}
	if err := b.prepare(ctx, groups); err != nil {
		return nil, err
	}
	r := &report.Result{Scenario: "reconnect", Connections: f.connections, Profile: w.profileName, Started: time.Now(),
		Extra: map[string]any{"way": f.way, "times": f.times, "group_size": f.groupSize, "rate": f.rate, "codec": a.codec}}
	f.note(r)
	sampler := a.sampler(w)
	sampler.Delivered = func() uint64 { return s.Tally().Messages }
	sampler.Start(ctx)
	for range f.times {
		if err = b.all().steadily(ctx, f.calm); err == nil {
			err = b.breakAll(ctx)
		}
		if err != nil {
			break
		}
	}
	if err == nil {
		err = b.all().steadily(ctx, f.calm)
	}
	a.watched(sampler, r)
	if err != nil {
		return nil, err
	}
	r.Seconds = time.Since(r.Started).Seconds()
	r.Operations = b.back.Load()
	b.count(r)
	return r, a.judged(ctx, s, r, false)
}

// count puts the returns into the result: how they went, and that nobody did as
// no client would.
func (b *breaker) count(r *report.Result) {
	r.Ack, r.AckCurve = b.times.Total()
	away, _ := b.away.Total()
	t := b.s.Tally()
	r.Extra["away"], r.Extra["told_to_wait"] = away.String(), t.Waited
	r.Extra["resumed"], r.Extra["tickets_refused"], r.Extra["with_token"] = t.Resumed, t.Refused, t.Tokens
	r.Notes = append(r.Notes, "an operation is one return: handshake, login, attach from the last numbers; answers are the time from the first try to its end; away is from the break, with the wait")
	if t.Resumed+t.Tokens < r.Operations {
		r.Faults = append(r.Faults, fmt.Sprintf("%d came back, %d with a ticket and %d with the token", r.Operations, t.Resumed, t.Tokens))
	}
	if b.f.way == "drain" && t.Waited == 0 {
		r.Faults = append(r.Faults, "the server stopped and told nobody how long to wait")
	}
}

// breaker breaks connections.
type breaker struct {
	a     *app
	w     *world
	f     *reconnectFlags
	s     *swarm.Swarm
	times *report.Recorder // of the returns
	away  *report.Recorder // of the times without a connection
	back  atomic.Uint64

	conns, speakers []*swarm.Conn
	pubs            []*swarm.Publisher
}

func (b *breaker) prepare(ctx context.Context, groups int) error {
	b.a.say("%d members enter %d groups", b.f.connections, groups)
	circles := make([]*circle, groups)
	for g := range circles {
		speaker := b.s.Conn(b.f.loops, fmt.Sprintf("%s-p%d", b.w.Run, g), swarm.LogInKeeping)
		b.speakers = append(b.speakers, speaker)
		circles[g] = &circle{room: b.s.Room(fmt.Sprintf("%s-g%d", b.w.Run, g), true), members: []*swarm.Conn{speaker}}
		b.pubs = append(b.pubs, b.s.Publisher(speaker, circles[g].room, b.f.payload))
	}
	for i := range b.f.connections {
		c := b.s.Conn(i%b.f.loops, fmt.Sprintf("%s-%d", b.w.Run, i), swarm.LogInKeeping)
		b.conns = append(b.conns, c)
		g := circles[i/b.f.groupSize]
		g.members = append(g.members, c)
	}
	return makeCircles(ctx, b.s, &b.f.engine, append(append([]*swarm.Conn(nil), b.conns...), b.speakers...), circles)
}

// all is the talk of all groups.
func (b *breaker) all() *talk {
	return &talk{s: b.s, pubs: b.pubs, rate: b.f.rate * float64(len(b.pubs))}
}

// returning has connections come back when they end.
func (b *breaker) returning(conns []*swarm.Conn) *swarm.Return {
	after, away := crew.Note(b.times, b.f.loops+1), crew.Note(b.away, b.f.loops+1)
	return b.s.Reopen(conns, swarm.ComeBack, b.f.atOnce, func(c *swarm.Conn, took swarm.Back) {
		b.back.Add(1)
		after(c, took.After)
		away(c, took.Away)
	})
}

func (b *breaker) breakAll(ctx context.Context) error {
	if b.f.way == "drain" {
		return b.drain(ctx)
	}
	b.a.say("cutting %d connections", len(b.conns))
	back := b.returning(b.conns)
	b.s.Cut(b.conns)
	hush := b.all().aside(ctx) // the publishers go on meanwhile
	return errors.Join(back.Wait(ctx), hush())
}

func (b *breaker) drain(ctx context.Context) error {
	b.a.say("restarting the server")
	back := b.returning(append(append([]*swarm.Conn(nil), b.conns...), b.speakers...))
	// What is under way now may be answered, or not.
	for _, p := range b.pubs {
		if err := p.Send(swarm.Now()); err != nil {
			return err
		}
	}
	if err := b.w.server.Restart(ctx); err != nil {
		return err
	}
	if err := back.Wait(ctx); err != nil {
		return err
	}
	for _, p := range b.pubs {
		if err := p.Repeat(); err != nil {
			return err
		}
	}
	return nil
}
