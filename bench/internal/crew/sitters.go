//go:build linux

package crew

import (
	"context"
	"fmt"

	"github.com/troupe-im/troupe/bench/internal/load"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// sitters are sessions of one process that are attached and say nothing.
type sitters struct {
	SitArgs
	target   *load.Target
	sessions []*load.Session // by number, from From
}

func sit(ctx context.Context, a SitArgs) (*sitters, error) {
	s := &sitters{SitArgs: a, target: a.Access.Target(), sessions: make([]*load.Session, a.To-a.From)}
	// Request ids of different processes differ.
	s.target.Run = fmt.Sprintf("%sx%d", s.target.Run, a.From)
	err := load.Each(ctx, len(s.sessions), a.Workers, func(ctx context.Context, i int) error {
		one, err := s.target.Connect(ctx, s.user(a.From+i), nil)
		if err != nil {
			return err
		}
		s.sessions[i] = one
		return one.AttachLive(ctx)
	})
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *sitters) user(i int) string { return fmt.Sprintf("%s-%d", s.Access.Run, i) }

// gather makes groups of neighbours: those whose first member is here.
func (s *sitters) gather(ctx context.Context, size int) error {
	first, end := (s.From+size-1)/size, (s.To+size-1)/size
	return load.Each(ctx, end-first, 16, func(ctx context.Context, i int) error {
		g := first + i
		create := &troupev1.CreateGroup{Kind: troupev1.Kind_KIND_MEETING, GroupId: s.user(g), Name: "idle"}
		for m := g*size + 1; m < min((g+1)*size, s.All); m++ {
			create.InitialMembers = append(create.InitialMembers, &troupev1.InitialMember{UserId: s.user(m)})
		}
		_, err := s.sessions[g*size-s.From].Call(ctx, &troupev1.Request{Op: &troupev1.Request_CreateGroup{CreateGroup: create}})
		return err
	})
}

// err says why a session has ended; nil if none has.
func (s *sitters) err() error {
	for _, one := range s.sessions {
		if err := one.Err(); err != nil {
			return err
		}
	}
	return nil
}

func (s *sitters) close() {
	for _, one := range s.sessions {
		if one != nil {
			one.Close()
		}
	}
}

// Sitters are sessions that are attached and say Nothing, over all processes.
type Sitters struct {
	crew *Crew
	mine *sitters
}

// Sit connects n, so many at once.
func (c *Crew) Sit(ctx context.Context, access load.Access, n, workers int) (*Sitters, error) {
	w := &Sitters{crew: c}
	of := func(p int) SitArgs {
		from, to := share(n, 0, c.Processes(), p)
		return SitArgs{access, from, to, n, max(1, workers/c.Processes())}
	}
	err := c.all(
		func() (err error) { w.mine, err = sit(ctx, of(0)); return err },
		func(i int, h *hand) error { return h.wait("Sit", of(i+1), &Nothing{}) })
	if err != nil && w.mine != nil {
		w.mine.close()
	}
	return w, err
}

// Gather makes groups of so many neighbours each.
func (w *Sitters) Gather(ctx context.Context, size int) error {
	return w.crew.all(
		func() error { return w.mine.gather(ctx, size) },
		func(_ int, h *hand) error { return h.wait("Gather", size, &Nothing{}) })
}

// Err says why a session has ended; nil if none has.
func (w *Sitters) Err() error {
	return w.crew.all(w.mine.err, func(_ int, h *hand) error { return h.call("Seated", Nothing{}, &Nothing{}) })
}

// Profile is the name of the limits that the server told.
func (w *Sitters) Profile() string { return w.mine.sessions[0].Login.GetLimits().GetProfile() }

// Close closes those of this process; the others end with theirs.
func (w *Sitters) Close() { w.mine.close() }
