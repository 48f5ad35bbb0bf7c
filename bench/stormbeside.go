//go:build linux

package main

import (
	"context"
	"errors"

	"github.com/troupe-im/troupe/bench/internal/report"
)

// runBeside lets the storm go while others talk and listen, and measures how
// long what is said takes to those who were in before: before the storm, in it,
// and after it, when nobody comes but the room is full.
func (st *storm) runBeside(ctx context.Context) error {
	t := &talk{s: st.s, pubs: st.room.pubs, rate: st.f.messages}
	before, err := st.quietly(ctx, t, "before")
	if err != nil {
		return err
	}
	during, newcomers := report.NewRecorder(), report.NewRecorder()
	if err := errors.Join(st.s.Record(during), st.s.RecordNewcomers(newcomers)); err != nil {
		return err
	}
	st.a.say("joining")
	hush := t.aside(ctx)
	if err := errors.Join(st.join(ctx), hush()); err != nil {
		return err
	}
	if err := st.s.Settle(ctx, patience); err != nil {
		return err
	}
	// Before they hear more.
	late, _ := newcomers.Total()
	after, err := st.quietly(ctx, t, "after")
	if err != nil {
		return err
	}
	r := st.r
	r.Latency, r.LatencyCurve = during.Total()
	calm, _ := before.Total()
	full, _ := after.Total()
	for name, p := range map[string]*report.Percentiles{"before": calm, "after": full, "newcomers": late} {
		if p != nil {
			r.Extra["latency_"+name+"_ms"] = p
		}
	}
	r.Notes = append(r.Notes, "latency is that of those who were in before, while others joined; latency_before_ms and latency_after_ms "+
		"are theirs before the storm and after it, in the full room; latency_newcomers_ms is that of the joiners in the storm")
	return st.a.judged(ctx, st.s, r, false)
}

// quietly talks while nobody joins.
func (st *storm) quietly(ctx context.Context, t *talk, when string) (*report.Recorder, error) {
	st.a.say("measuring latency %s the storm for %s", when, st.f.quiet)
	times := report.NewRecorder()
	if err := st.s.Record(times); err != nil {
		return nil, err
	}
	return times, errors.Join(t.run(ctx, st.f.quiet), st.s.Settle(ctx, patience))
}
