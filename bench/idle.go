//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/bench/internal/load"
	"github.com/troupe-im/troupe/bench/internal/report"
)

type idleFlags struct{ connections, groupSize, workers int }

func newIdle(a *app) *cobra.Command {
	var f idleFlags
	c := &cobra.Command{
		Use:   "idle",
		Short: "Memory per connection that is logged in, attached and silent",
		Long: "idle measures the server's resident memory without mapped files, before the connections and\n" +
			"with them, each time after a collection and the return of free memory. With --group-size each\n" +
			"user is also a member of a group of that size, and attached to it.",
		Args: cobra.NoArgs,
		RunE: a.scenario(func(ctx context.Context, w *world) (*report.Result, error) { return a.idle(ctx, w, &f) }),
	}
	c.Flags().IntVar(&f.connections, "connections", 15000, "connections")
	c.Flags().IntVar(&f.groupSize, "group-size", 0, "members per group; 0 = no groups")
	c.Flags().BoolVar(&a.tls, "tls", false, "the server serves TLS, with a certificate made for the run")
	c.Flags().IntVar(&f.workers, "workers", 128, "connections made at once")
	return c
}

func (a *app) idle(ctx context.Context, w *world, f *idleFlags) (*report.Result, error) {
	if w.server == nil {
		return nil, errors.New("idle looks into the server's process and must start it itself")
	}
	if f.connections < 1 {
		return nil, errors.New("want a connection at least")
	}
	if err := a.assemble(ctx, w, f.connections); err != nil {
		return nil, err
	}
	r := &report.Result{Scenario: "idle", Connections: f.connections, Started: time.Now(),
		Extra: map[string]any{"group_size": f.groupSize, "codec": w.Codec.String(), "tls": a.tls}}
	// The first connections warm up what is there once: pools, shards, storage.
	if err := w.warmUp(ctx, f); err != nil {
		return nil, err
	}
	before, _, err := w.memory(ctx)
	if err != nil {
		return nil, err
	}
	a.say("connecting %d users", f.connections)
	sitters, err := w.crew.Sit(ctx, w.access, f.connections, f.workers)
	if err != nil {
		return nil, err
	}
	defer sitters.Close()
	if f.groupSize > 0 {
		if err := sitters.Gather(ctx, f.groupSize); err != nil {
			return nil, err
		}
	}
	with, uncollected, err := w.memory(ctx)
	if err != nil {
		return nil, err
	}
	r.Seconds = time.Since(r.Started).Seconds()
	r.BytesPerConnection = (float64(with) - float64(before)) / float64(f.connections)
	r.Extra["bytes_per_connection_uncollected"] = (float64(uncollected) - float64(before)) / float64(f.connections)
	r.Extra["rss_anon_before"], r.Extra["rss_anon_with"] = before, with
	r.Profile = sitters.Profile()
	return r, sitters.Err()
}

func (w *world) warmUp(ctx context.Context, f *idleFlags) error {
	return load.Each(ctx, 2*f.workers, f.workers, func(ctx context.Context, i int) error {
		s, err := w.Connect(ctx, fmt.Sprintf("%s-warm-%d", w.Run, i), nil)
		if err != nil {
			return err
		}
		defer s.Close()
		return s.AttachLive(ctx)
	})
}

// memory is the server's before and after a collection.
func (w *world) memory(ctx context.Context) (collected, raw uint64, err error) {
	if raw, err = w.server.RssAnon(); err != nil {
		return 0, 0, err
	}
	if err = w.server.Free(ctx); err != nil {
		return 0, 0, err
	}
	collected, err = w.server.RssAnon()
	return collected, raw, err
}
