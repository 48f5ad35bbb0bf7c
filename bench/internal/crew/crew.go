//go:build linux

package crew

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/troupe-im/troupe/bench/internal/load"
	"github.com/troupe-im/troupe/bench/internal/report"
	"github.com/troupe-im/troupe/bench/internal/swarm"
)

// Crew is this process and its hands.
type Crew struct {
	hands []*hand
	swarm *swarm.Swarm
	loops int
	spare int
}

// Start starts as many processes as are missing to make so many. say tells of
// each; lost is called if one ends before Stop.
func Start(ctx context.Context, processes int, say func(format string, args ...any), lost func(error)) (*Crew, error) {
	c := &Crew{}
	for n := 2; n <= processes; n++ {
		h, err := start(ctx, n, lost)
		if err != nil {
			return nil, errors.Join(err, c.Stop())
		}
		c.hands = append(c.hands, h)
		say("client process %d of %d: pid %d", n, processes, h.cmd.Process.Pid)
	}
	return c, nil
}

// Processes is how many there are, this one included.
func (c *Crew) Processes() int { return 1 + len(c.hands) }

// Stop ends the hands. An error says how one ended that did not do so by itself
// and well.
func (c *Crew) Stop() error {
	var errs []error
	for _, h := range c.hands {
		errs = append(errs, h.stop())
	}
	return errors.Join(errs...)
}

// CPU is the processor time that all have used.
func (c *Crew) CPU() time.Duration {
	used := load.OwnCPU()
	for _, h := range c.hands {
		used += h.cpu()
	}
	return used
}

// Options describe a swarm over all processes.
type Options struct {
	load.Access
	// Loops of each process read; Spare are more in this one, which crowds leave
	// alone.
	Loops, Spare int
	Ring         int
	Linger       time.Duration
	// Bare and Tamper are swarm.Options'; it is the last process that tampers.
	Bare   bool
	Tamper swarm.Tamper
}

func (o *Options) swarm() swarm.Options {
	return swarm.Options{
		URL: o.URL, Codec: o.Codec, Sources: o.Sources, Loops: o.Loops + o.Spare, Ring: o.Ring, Linger: o.Linger, Bare: o.Bare, Tamper: o.Tamper,
		Run: o.Run, AppID: o.AppID, Tokens: o.Tokens(),
	}
}

// Swarm makes the swarm, of which the hands' are parts.
func (c *Crew) Swarm(o Options) (*swarm.Swarm, error) {
	mine := o
	if len(c.hands) > 0 {
		mine.Tamper = ""
	}
	s, err := swarm.New(mine.swarm())
	if err != nil {
		return nil, err
	}
	c.swarm, c.loops, c.spare = s, o.Loops, o.Spare
	for i, h := range c.hands {
		theirs := o
		// Request ids of different processes differ.
		theirs.Spare, theirs.Run = 0, fmt.Sprintf("%sx%d", o.Run, h.number)
		if i < len(c.hands)-1 {
			theirs.Tamper = ""
		}
		if err := h.call("Swarm", theirs, &Nothing{}); err != nil {
			s.Close()
			return nil, err
		}
		s.Join(h)
	}
	return s, nil
}

// all calls fn for each hand, side by side, and here for this process.
func (c *Crew) all(here func() error, fn func(i int, h *hand) error) error {
	errs := make([]error, len(c.hands)+1)
	var calls sync.WaitGroup
	for i, h := range c.hands {
		calls.Go(func() { errs[i+1] = fn(i, h) })
	}
	errs[0] = here()
	calls.Wait()
	return errors.Join(errs...)
}

// Note has times noted on the loops that they are of, below loops.
func Note(times *report.Recorder, loops int) func(*swarm.Conn, time.Duration) {
	lanes := make([]*report.Lane, loops)
	for i := range lanes {
		lanes[i] = times.Lane()
	}
	return func(c *swarm.Conn, took time.Duration) { lanes[c.Loop()].Record(took, 1) }
}
