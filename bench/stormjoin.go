//go:build linux

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/troupe-im/troupe/bench/internal/load"
	"github.com/troupe-im/troupe/bench/internal/report"
	"github.com/troupe-im/troupe/bench/internal/swarm"
)

// join is the storm itself.
func (st *storm) join(ctx context.Context) error {
	m := &meter{w: st.w, s: st.s}
	already, err := st.s.Named(st.room.room)
	if err != nil {
		return err
	}
	if err := m.begin(ctx); err != nil {
		return err
	}
	times := report.NewRecorder()
	if err := st.joiners.Open(ctx, swarm.Pace{AtOnce: st.f.atOnce, PerSecond: st.f.rate}, times); err != nil {
		return err
	}
	took := time.Since(m.at)
	if err := st.named(ctx, already); err != nil {
		return err
	}
	if err := m.end(ctx); err != nil {
		return err
	}
	st.off.note(m, st.s.TipBytes(st.room.room), st.f.users)
	r := st.r
	r.DeliveriesPerS, r.FramesPerWrite = m.perSecond(), m.framesPerWrite
	r.Started, r.Seconds, r.Operations = m.began, took.Seconds(), uint64(st.f.users)
	r.ServerCPUUsPerOperation = micros(m.server, r.Operations)
	r.Ack, r.AckCurve = times.Total()
	r.Notes = append(r.Notes, "answers are the time from when a connection was due to the answer to its join")
	r.Extra["generator_cpu_us_per_join"] = micros(m.reader, r.Operations)
	if n := st.s.Redials(); n > 0 {
		r.Extra["redials"] = n
	}
	return nil
}

// named waits until the tips have named every joiner, and no more.
func (st *storm) named(ctx context.Context, already uint64) error {
	want, got := uint64(st.f.users), uint64(0)
	for began := time.Now(); time.Since(began) < load.AnswerWithin; time.Sleep(50 * time.Millisecond) {
		named, err := st.s.Named(st.room.room)
		if err != nil {
			return err
		}
		if got = named - already; got >= want || ctx.Err() != nil {
			break
		}
	}
	if got != want {
		return fmt.Errorf("the tips name %d users, want %d", got, want)
	}
	return context.Cause(ctx)
}

// floor is the bare server's cost of an upgrade with a frame each way.
func (st *storm) floor(ctx context.Context) (*report.Floor, error) {
	if !st.f.floor || st.w.server == nil {
		return nil, nil
	}
	st.a.say("measuring the floor: a bare server's upgrades")
	return st.a.upgradesBeside(ctx, min(st.f.users, 5000), st.f.atOnce)
}
