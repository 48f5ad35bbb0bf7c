//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/bench/internal/crew"
	"github.com/troupe-im/troupe/bench/internal/report"
	"github.com/troupe-im/troupe/bench/internal/swarm"
)

type joinstormFlags struct {
	engine
	users, background, publishers int
	rate, messages                float64
	quiet                         time.Duration
	floor, together, tipsOff      bool
}

func newJoinstorm(a *app) *cobra.Command {
	var f joinstormFlags
	c := &cobra.Command{
		Use:   "joinstorm",
		Short: "Many users, known before, enter one livestream",
		Long: "joinstorm has users that logged in before connect, log in with signed tokens, attach and join\n" +
			"one livestream, as fast as they can or at a rate. The server's processor time for all of that, the\n" +
			"folded tips to everybody included, is divided by the joins. The tips must name everybody once, and\n" +
			"nobody may miss one that came after the first he got. With --background some are in already and\n" +
			"listen to publishers: their latency before the storm, in it, and after it, in the room that is full\n" +
			"then, is compared. The floor is a bare HTTP server that upgrades and answers one frame.\n\n" +
			"Tips cannot be switched off in a livestream. With --tips-off as many others storm rooms that they do\n" +
			"not attach, before and after, so that the same tips go to nobody; a bare program writes what went to\n" +
			"everybody in the storm proper, and the storm is set beside the sum of both.",
		Args: cobra.NoArgs,
		RunE: a.scenario(func(ctx context.Context, w *world) (*report.Result, error) { return a.joinstorm(ctx, w, &f) }),
	}
	f.engine.flags(c, 1024)
	c.Flags().IntVar(&f.users, "users", 15000, "joiners")
	c.Flags().Float64Var(&f.rate, "rate", 0, "joins a second; 0 = as fast as --at-once lets")
	c.Flags().IntVar(&f.background, "background", 0, "connections that are in already and listen")
	c.Flags().IntVar(&f.publishers, "publishers", 1, "with --background: connections that speak")
	c.Flags().Float64Var(&f.messages, "messages", 20, "with --background: messages a second")
	c.Flags().DurationVar(&f.quiet, "quiet", 10*time.Second, "with --background: how long latency is measured before the storm, and after it")
	c.Flags().BoolVar(&f.together, "together", false, "each sends its three requests in one message, and does not wait in between")
	c.Flags().BoolVar(&f.floor, "floor", true, "measure the floor, before and after")
	c.Flags().BoolVar(&f.tipsOff, "tips-off", false, "set the storm beside storms of which nobody is given the tips, and what their writing costs")
	return c
}

// storm is a joinstorm under way.
type storm struct {
	a       *app
	w       *world
	f       *joinstormFlags
	s       *swarm.Swarm
	room    *livestreamRoom
	joiners *crew.Crowd
	off     tipsOff
	r       *report.Result
}

func (a *app) joinstorm(ctx context.Context, w *world, f *joinstormFlags) (*report.Result, error) {
	if f.background == 0 {
		f.publishers = 0
	}
	if f.tipsOff && (f.background > 0 || f.together || w.server == nil) {
		// Whoever attaches and joins in one go is given the tips.
		return nil, errors.New("--tips-off is for a storm without --background and --together, on a server that is started here")
	}
	if err := a.assemble(ctx, w, f.users+f.background+f.publishers+1); err != nil {
		return nil, err
	}
	s, err := f.swarm(ctx, a, w)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	st := &storm{a: a, w: w, f: f, s: s, r: &report.Result{Scenario: "joinstorm", Connections: f.users + f.background, Profile: w.profileName,
		Extra: map[string]any{"users": f.users, "at_once": f.atOnce, "rate": f.rate, "background": f.background, "together": f.together}}}
	if st.r.FloorBefore, err = st.floor(ctx); err != nil {
		return nil, err
	}
	if err := st.prepare(ctx); err != nil {
		return nil, err
	}
	defer st.room.owner.Close()
	if err := st.run(ctx); err != nil {
		return nil, err
	}
	if f.tipsOff {
		if err := st.compareTips(ctx); err != nil {
			return nil, err
		}
	}
	if st.r.FloorAfter, err = st.floor(ctx); err != nil {
		return nil, err
	}
	if b := st.r.FloorBefore; b != nil {
		st.r.FloorCPUUsPerOperation = (b.CPUUsPerDelivery + st.r.FloorAfter.CPUUsPerDelivery) / 2
		st.r.Notes = append(st.r.Notes, "the floor's unit is one upgrade with a frame each way")
	}
	return st.r, nil
}

// prepare makes the users known, and lets those in who listen already.
func (st *storm) prepare(ctx context.Context) error {
	f, s, w := st.f, st.s, st.w
	err := st.makeKnown(ctx, w.Run+"-")
	if err == nil && f.tipsOff {
		err = st.unheardBefore(ctx)
	}
	if err != nil {
		return err
	}
	// One more who listens all the time: the witness.
	if st.room, err = st.a.fillRoom(ctx, w, s, &f.engine, f.background+1, f.publishers, 100); err != nil {
		return err
	}
	st.joiners, err = w.crew.Crowd(crew.Alike{Prefix: w.Run + "-", Room: st.room.room.ID, N: f.users, Does: crew.Enters, Together: f.together, Newcomers: true}, 0)
	return err
}

// makeKnown has the users with a prefix log in once.
func (st *storm) makeKnown(ctx context.Context, prefix string) error {
	st.a.say("making %d users known", st.f.users)
	known, err := st.w.crew.Crowd(crew.Alike{Prefix: prefix, N: st.f.users, Does: crew.LogsIn}, 0)
	if err != nil {
		return err
	}
	return errors.Join(known.Open(ctx, swarm.Pace{AtOnce: st.f.atOnce}, nil), known.HangUp())
}

// run lets the storm go, beside the talk if there is one.
func (st *storm) run(ctx context.Context) error {
	if st.f.background > 0 {
		return st.runBeside(ctx)
	}
	st.a.say("joining")
	if err := st.join(ctx); err != nil {
		return err
	}
	v, err := st.s.Finish(ctx, patience)
	if err != nil {
		return err
	}
	if v.Lost+v.Doubled+v.Reordered+v.Foreign+v.Ended+v.Skipped > 0 {
		st.r.Faults = append(st.r.Faults, v.Faults...)
		st.r.Faults = append(st.r.Faults, fmt.Sprintf("tips: %+v", v.Tally))
	}
	return nil
}
