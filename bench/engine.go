//go:build linux

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/bench/internal/crew"
	"github.com/troupe-im/troupe/bench/internal/report"
	"github.com/troupe-im/troupe/bench/internal/swarm"
)

// engineScenarios are those that the load generator drives.
func engineScenarios(a *app) []*cobra.Command {
	return []*cobra.Command{newLivestream(a), newSmallgroups(a), newJoinstorm(a), newReconnect(a), newSlow(a), newMixed(a), newIdle(a), newFloor(a), newHand(a)}
}

// engine are the flags of the load generator.
type engine struct {
	loops, atOnce, ring int
	linger              time.Duration
	tamper              swarm.Tamper
}

// flags adds them to a scenario's; ring is the default of that flag.
func (e *engine) flags(c *cobra.Command, ring int) {
	c.Flags().IntVar(&e.loops, "readers", 2, "threads that read")
	c.Flags().IntVar(&e.atOnce, "at-once", 256, "connections made at once")
	c.Flags().IntVar(&e.ring, "ring", ring, "frames that a reader keeps of each room to compare others with, a power of two")
	c.Flags().DurationVar(&e.linger, "linger", 0, "how long readers let more come before they look again: cheaper, and that much is added to latencies")
}

// swarm starts the load generator with one loop more than readers, for those
// who publish, in all processes that were assembled. It asks the server for the
// name of its limits.
func (e *engine) swarm(ctx context.Context, a *app, w *world) (*swarm.Swarm, error) {
	if err := w.alone(ctx); err != nil {
		return nil, err
	}
	probe, err := w.Connect(ctx, w.Run+"-probe", nil)
	if err != nil {
		return nil, err
	}
	w.profileName = probe.Login.GetLimits().GetProfile()
	probe.Close()
	return w.crew.Swarm(crew.Options{Access: w.access, Loops: e.loops, Spare: 1, Ring: e.ring, Linger: e.linger, Tamper: e.tamper})
}

// patience is how long a delivery may be awaited after the last one.
const patience = 20 * time.Second

// fits says that there is room for n connections, in this process and in the
// server's.
func (w *world) fits(n int) error {
	if n > w.connections {
		return fmt.Errorf("%d connections, one process holds %d, and this scenario has no more", n, w.connections)
	}
	return w.serves(n)
}

// serves says that the server has room for n connections, as far as is known.
func (w *world) serves(n int) error {
	if w.served > 0 && n > w.served {
		return fmt.Errorf("%d connections, the server's limit of open files leaves room for %d", n, w.served)
	}
	return nil
}

// judged puts the judge's verdict into a result.
func (a *app) judged(ctx context.Context, s *swarm.Swarm, r *report.Result, skips bool) error {
	v, err := s.Finish(ctx, patience)
	if err != nil {
		return err
	}
	r.Deliveries = &report.Deliveries{
		Expected: v.Expected, Delivered: v.Messages + v.Tips + v.Own, Skipped: v.Skipped + v.Gapped,
		Lost: v.Lost, Doubled: v.Doubled, Disordered: v.Reordered, Changed: v.Changed, Foreign: v.Foreign,
	}
	r.Faults = append(r.Faults, v.Faults...)
	if err := v.Err(skips); err != nil {
		r.Faults = append(r.Faults, err.Error())
	}
	if len(v.Refused) > 0 {
		r.Refusals = v.Refused
	}
	if v.Unanswered > 0 {
		r.Faults = append(r.Faults, fmt.Sprintf("%d messages were never answered", v.Unanswered))
	}
	if n := s.Redials(); n > 0 {
		r.Extra["redials"] = n
	}
	return nil
}

// note puts the generator's own settings into a result.
func (e *engine) note(r *report.Result) {
	r.Extra["readers"], r.Extra["linger_ms"] = e.loops, float64(e.linger.Microseconds())/1000
}
