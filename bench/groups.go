//go:build linux

package main

import (
	"context"
	"fmt"

	"github.com/troupe-im/troupe/bench/internal/swarm"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// circle is a durable group and who is in it; the first made it.
type circle struct {
	room    *swarm.Room
	members []*swarm.Conn
}

// attachAll attaches a connection's rooms by name: the answer tells from where.
func attachAll(c *swarm.Conn, step int, answer func() *troupev1.Answer) *troupev1.Request {
	if step == 0 {
		return c.AttachRequest()
	}
	c.Attached(answer())
	return nil
}

// makeCircles logs everybody in, makes the groups and attaches everybody to all
// that they are in.
func makeCircles(ctx context.Context, s *swarm.Swarm, e *engine, conns []*swarm.Conn, circles []*circle) error {
	for _, g := range circles {
		for _, c := range g.members {
			c.Sit(g.room)
		}
	}
	if err := s.Open(ctx, conns, swarm.Pace{AtOnce: e.atOnce}); err != nil {
		return err
	}
	made := map[*swarm.Conn][]*circle{}
	var makers []*swarm.Conn
	for _, g := range circles {
		c := g.members[0]
		if made[c] == nil {
			makers = append(makers, c)
		}
		made[c] = append(made[c], g)
	}
	create := func(c *swarm.Conn, step int, _ func() *troupev1.Answer) *troupev1.Request {
		if step == len(made[c]) {
			return nil
		}
		return made[c][step].create()
	}
	if err := s.Continue(ctx, makers, create, e.atOnce); err != nil {
		return fmt.Errorf("make the groups: %w", err)
	}
	return s.Continue(ctx, conns, attachAll, e.atOnce)
}

// create is the request for a group of which all members are from the start.
func (g *circle) create() *troupev1.Request {
	req := &troupev1.CreateGroup{Kind: troupev1.Kind_KIND_MEETING, GroupId: g.room.ID, Name: "circle"}
	for _, m := range g.members[1:min(len(g.members), 501)] {
		req.InitialMembers = append(req.InitialMembers, &troupev1.InitialMember{UserId: m.User})
	}
	return &troupev1.Request{Op: &troupev1.Request_CreateGroup{CreateGroup: req}}
}
