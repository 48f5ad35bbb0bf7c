//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/troupe-im/troupe/bench/internal/load"
	"github.com/troupe-im/troupe/bench/internal/swarm"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// livestreamRoom is a livestream with everybody in it.
type livestreamRoom struct {
	room *swarm.Room
	// owner created it and does not listen.
	owner     *load.Session
	pubs      []*swarm.Publisher
	listeners int
}

// enter logs in, attaches all there is and joins a group.
func enter(group string) swarm.Script {
	return func(c *swarm.Conn, step int, _ func() *troupev1.Answer) *troupev1.Request {
		switch step {
		case 0:
			return c.Login()
		case 1:
			return &troupev1.Request{Op: &troupev1.Request_Attach{Attach: &troupev1.Attach{Rest: troupev1.Rest_REST_LIVE}}}
		case 2:
			return &troupev1.Request{Op: &troupev1.Request_JoinGroup{JoinGroup: &troupev1.JoinGroup{GroupId: group}}}
		}
		return nil
	}
}

// openRoomFor makes a livestream; its owner does not listen.
func openRoomFor(ctx context.Context, w *world, s *swarm.Swarm) (*livestreamRoom, error) {
	return openRoomNamed(ctx, w, s, w.Run+"-stage")
}

func openRoomNamed(ctx context.Context, w *world, s *swarm.Swarm, id string) (*livestreamRoom, error) {
	owner, err := w.Connect(ctx, id+"-owner", nil)
	if err != nil {
		return nil, err
	}
	_, err = owner.Call(ctx, &troupev1.Request{Op: &troupev1.Request_CreateGroup{CreateGroup: &troupev1.CreateGroup{
		Kind: troupev1.Kind_KIND_LIVESTREAM, GroupId: id, Name: "stage",
	}}})
	if err != nil {
		owner.Close()
		return nil, err
	}
	return &livestreamRoom{room: s.Room(id, false), owner: owner}, nil
}

// fillRoom makes a livestream and lets everybody in, publishers on a loop of
// their own. When it returns nothing moves any more.
func (a *app) fillRoom(ctx context.Context, w *world, s *swarm.Swarm, e *engine, subscribers, publishers, payload int) (*livestreamRoom, error) {
	r, err := openRoomFor(ctx, w, s)
	if err != nil {
		return nil, err
	}
	a.say("%d subscribers and %d publishers enter", subscribers, publishers)
	r.listeners = subscribers
	conns := make([]*swarm.Conn, 0, subscribers+publishers)
	for i := range subscribers {
		conns = append(conns, s.Conn(i%e.loops, fmt.Sprintf("%s-s%d", w.Run, i), enter(r.room.ID)))
	}
	for i := range publishers {
		c := s.Conn(e.loops, fmt.Sprintf("%s-p%d", w.Run, i), enter(r.room.ID))
		conns = append(conns, c)
		r.pubs = append(r.pubs, s.Publisher(c, r.room, payload))
	}
	for _, c := range conns {
		c.Sit(r.room)
	}
	err = s.Open(ctx, conns, swarm.Pace{AtOnce: e.atOnce})
	if err == nil {
		var next uint64
		if next, err = r.calm(ctx); err == nil {
			s.Begin(r.room, next)
		}
	}
	if err != nil {
		r.owner.Close()
		return nil, err
	}
	return r, nil
}

// calmFor is how long a room's numbers must stand still: tips of those who
// entered are folded and told at the latest a second later.
const calmFor = 2500 * time.Millisecond

// calm waits until the room's numbers stand still and returns the next one.
func (r *livestreamRoom) calm(ctx context.Context) (uint64, error) {
	last, since, began := uint64(0), time.Now(), time.Now()
	for time.Since(began) < load.AnswerWithin {
		a, err := r.owner.Call(ctx, &troupev1.Request{Op: &troupev1.Request_GetGroupProfiles{GetGroupProfiles: &troupev1.GetGroupProfiles{
			GroupIds: []string{r.room.ID}, Fields: []string{"next_seq"},
		}}})
		if err != nil {
			return 0, err
		}
		groups := a.GetGetGroupProfiles().GetGroups()
		if len(groups) != 1 || groups[0].GetGroup().GetNextSeq() == 0 {
			return 0, errors.New("the room's next number is not told")
		}
		if next := groups[0].GetGroup().GetNextSeq(); next != last {
			last, since = next, time.Now()
		}
		if time.Since(since) >= calmFor {
			return last, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return 0, errors.New("the room does not come to rest")
}
