//go:build linux

package main

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/bench/internal/crew"
)

// split is the client processes that share the connections.
type split struct{ crew *crew.Crew }

// assemble starts as many client processes as so many connections need, or as
// were asked for; it refuses what does not fit.
func (a *app) assemble(ctx context.Context, w *world, connections int) error {
	if err := w.serves(connections); err != nil {
		return err
	}
	n, err := crew.Plan(connections, w.connections, a.processes)
	if err != nil {
		return err
	}
	a.say("%d connections, at most %d in a process: %d client processes", connections, w.connections, n)
	w.crew, err = crew.Start(ctx, n, a.say, w.lost)
	return err
}

// alone leaves this process without others if none were assembled.
func (w *world) alone(ctx context.Context) (err error) {
	if w.crew == nil {
		w.crew, err = crew.Start(ctx, 1, nil, w.lost)
	}
	return err
}

func (s *split) processes() int {
	if s.crew == nil {
		return 1
	}
	return s.crew.Processes()
}

// stop ends the others and says how one ended that should not have.
func (s *split) stop() error {
	if s.crew == nil {
		return nil
	}
	return s.crew.Stop()
}

// generatorCPU is the processor time that all client processes have used.
func (s *split) generatorCPU() (time.Duration, error) {
	c := s.crew
	if c == nil {
		c = &crew.Crew{}
	}
	return c.CPU(), nil
}

// newHand is a client process that another one started.
func newHand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: crew.Command, Short: "Be a client process of another one", Hidden: true, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return crew.Serve(c.Context(), os.Stdin, os.Stdout) },
	}
}
