//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/troupe-im/troupe/bench/internal/crew"
	"github.com/troupe-im/troupe/bench/internal/load"
	"github.com/troupe-im/troupe/bench/internal/swarm"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// tipsOff is what a storm's tips cost, by storms without them.
type tipsOff struct {
	// Of the storm proper: tips that were delivered, as many to a write, each of
	// so many bytes.
	tips     uint64
	perWrite float64
	bytes    int
	// cost is processor time per join of the storms of which nobody is given the
	// tips, in µs.
	cost [2]float64
}

// answersPerJoin are those to login, attach and join, one write each.
const answersPerJoin = 3

// note keeps what the storm proper delivered.
func (o *tipsOff) note(m *meter, bytes, joins int) {
	o.tips, o.bytes, o.perWrite = m.tips, bytes, 1
	answers := float64(answersPerJoin * joins)
	if m.framesPerWrite > 0 {
		if writes := (answers+float64(m.tips))/m.framesPerWrite - answers; writes > 0 {
			o.perWrite = max(1, float64(m.tips)/writes)
		}
	}
}

// unheardBefore is the first storm without tips.
func (st *storm) unheardBefore(ctx context.Context) (err error) {
	if err = st.makeKnown(ctx, st.unheardPrefix(0)); err == nil {
		err = st.makeKnown(ctx, st.unheardPrefix(1))
	}
	if err == nil {
		st.off.cost[0], err = st.unheard(ctx, 0)
	}
	return err
}

func (st *storm) unheardPrefix(n int) string { return fmt.Sprintf("%s-u%d-", st.w.Run, n) }

// unheard is a storm of users who do not attach the room that they join. It
// returns the server's processor time per join, in µs.
func (st *storm) unheard(ctx context.Context, n int) (float64, error) {
	room, err := openRoomNamed(ctx, st.w, st.s, fmt.Sprintf("%s-unheard%d", st.w.Run, n))
	if err != nil {
		return 0, err
	}
	defer room.owner.Close()
	crowd, err := st.w.crew.Crowd(crew.Alike{Prefix: st.unheardPrefix(n), Room: room.room.ID, N: st.f.users, Does: crew.EntersUnheard}, 0)
	if err != nil {
		return 0, err
	}
	if err := st.w.quiet(ctx); err != nil {
		return 0, err
	}
	st.a.say("joining, tips to nobody")
	m := &meter{w: st.w, s: st.s}
	if err := m.begin(ctx); err != nil {
		return 0, err
	}
	if err := crowd.Open(ctx, swarm.Pace{AtOnce: st.f.atOnce, PerSecond: st.f.rate}, nil); err != nil {
		return 0, err
	}
	if err := errors.Join(room.has(ctx, st.f.users), m.end(ctx)); err != nil {
		return 0, err
	}
	if m.tips > 0 {
		return 0, fmt.Errorf("%d tips were delivered to users who did not attach", m.tips)
	}
	return micros(m.server, uint64(st.f.users)), errors.Join(crowd.HangUp(), st.w.quiet(ctx))
}

// has says that so many users are in the room.
func (r *livestreamRoom) has(ctx context.Context, want int) error {
	a, err := r.owner.Call(ctx, &troupev1.Request{Op: &troupev1.Request_GetGroupProfiles{GetGroupProfiles: &troupev1.GetGroupProfiles{
		GroupIds: []string{r.room.ID}, Fields: []string{"member_count"},
	}}})
	if err != nil {
		return err
	}
	if groups := a.GetGetGroupProfiles().GetGroups(); len(groups) != 1 || int(groups[0].GetGroup().GetMemberCount()) != want {
		return fmt.Errorf("%d users joined, the room has %v", want, groups)
	}
	return nil
}

// quiet waits until the server has next to nothing to do, such as the ends of
// connections that were hung up.
func (w *world) quiet(ctx context.Context) error {
	const look = 300 * time.Millisecond
	before, err := w.cpu()
	for began := time.Now(); err == nil && time.Since(began) < load.AnswerWithin; {
		select {
		case <-time.After(look):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		var now time.Duration
		if now, err = w.cpu(); err == nil && now-before <= look/10 {
			return nil
		}
		before = now
	}
	return errors.Join(err, errors.New("the server does not come to rest"))
}

// compareTips is the second storm without tips, what a bare program pays for the
// tips of the storm proper, and the comparison.
func (st *storm) compareTips(ctx context.Context) error {
	err := errors.Join(st.joiners.HangUp(), st.w.quiet(ctx))
	if err == nil {
		st.off.cost[1], err = st.unheard(ctx, 1)
	}
	if err != nil {
		return err
	}
	o := &floorFlags{loops: st.f.loops}
	// As often as the server sends them, or so often that the clock tells it.
	o.Sockets, o.FrameBytes, o.FramesPerWrite, o.For = st.f.users, st.off.bytes, st.off.perWrite, 3*time.Second
	o.PerSecond = max(2, 20000/float64(st.f.users)) * o.FramesPerWrite
	st.a.say("measuring the floor of tips: %d bytes, %.2f per write", o.FrameBytes, o.FramesPerWrite)
	floor, err := st.a.floorBeside(ctx, st.w, o)
	if err != nil {
		return err
	}
	perJoin := float64(st.off.tips) / float64(st.f.users)
	off, writing := (st.off.cost[0]+st.off.cost[1])/2, perJoin*floor.CPUUsPerDelivery
	x := st.r.Extra
	x["tips_off_before_us_per_join"], x["tips_off_after_us_per_join"] = st.off.cost[0], st.off.cost[1]
	x["tips_per_join"], x["tips_bytes"], x["tips_per_write"] = perJoin, st.off.bytes, st.off.perWrite
	x["tips_floor_us_per_join"] = writing
	if off > 0 { // a storm of few is shorter than the clock tells
		x["tips_ratio"] = (st.r.ServerCPUUsPerOperation - writing) / off
	}
	st.r.Notes = append(st.r.Notes, "tips ratio is the storm's processor time, less what a bare program pays to write its tips, to that of storms whose tips go to nobody")
	return nil
}
