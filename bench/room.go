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

// livestreamRoom is a livestream with everybody in it.
type livestreamRoom struct {
	room *swarm.Room
	// owner created it and does not listen.
	owner     *load.Session
	pubs      []*swarm.Publisher
	listeners *crew.Crowd
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
	var speakers []*swarm.Conn
	for i := range publishers {
		c := s.Conn(e.loops, fmt.Sprintf("%s-p%d", w.Run, i), swarm.Enter(r.room.ID))
		c.Sit(r.room)
		speakers = append(speakers, c)
		r.pubs = append(r.pubs, s.Publisher(c, r.room, payload))
	}
	r.listeners, err = w.crew.Crowd(crew.Alike{Prefix: w.Run + "-s", Room: r.room.ID, N: subscribers, Does: crew.Enters}, publishers)
	if err == nil {
		err = r.listeners.Open(ctx, swarm.Pace{AtOnce: e.atOnce}, nil, speakers...)
	}
	if err == nil {
		var next uint64
		if next, err = r.calm(ctx); err == nil {
			err = s.Begin(r.room, next)
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
