package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/bench/internal/load"
	"github.com/troupe-im/troupe/bench/internal/report"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
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
		RunE: func(c *cobra.Command, _ []string) error {
			return a.scenario(c.Context(), func(w *world) (*report.Result, error) { return a.idle(c.Context(), w, &f) })
		},
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
	if f.connections > w.connections {
		return nil, fmt.Errorf("%d connections, there is room for %d", f.connections, w.connections)
	}
	r := &report.Result{Scenario: "idle", Connections: f.connections, Started: time.Now(),
		Extra: map[string]any{"group_size": f.groupSize, "codec": w.Codec.String(), "tls": a.tls}}
	user := func(i int) string { return fmt.Sprintf("%s-%d", w.Run, i) }
	// The first connections warm up what is there once: pools, shards, storage.
	if err := w.warmUp(ctx, f); err != nil {
		return nil, err
	}
	before, _, err := w.memory(ctx)
	if err != nil {
		return nil, err
	}
	a.say("connecting %d users", f.connections)
	sessions := make([]*load.Session, f.connections)
	defer func() {
		for _, s := range sessions {
			if s != nil {
				s.Close()
			}
		}
	}()
	if err := each(ctx, f.connections, f.workers, func(ctx context.Context, i int) error {
		s, err := w.Connect(ctx, user(i), nil)
		if err != nil {
			return err
		}
		sessions[i] = s
		return s.AttachLive(ctx)
	}); err != nil {
		return nil, err
	}
	if err := gather(ctx, w, sessions, f); err != nil {
		return nil, err
	}
	with, uncollected, err := w.memory(ctx)
	if err != nil {
		return nil, err
	}
	r.Seconds = time.Since(r.Started).Seconds()
	r.BytesPerConnection = (float64(with) - float64(before)) / float64(f.connections)
	r.Extra["bytes_per_connection_uncollected"] = (float64(uncollected) - float64(before)) / float64(f.connections)
	r.Extra["rss_anon_before"], r.Extra["rss_anon_with"] = before, with
	r.Profile = sessions[0].Login.GetLimits().GetProfile()
	for _, s := range sessions {
		if s.Err() != nil {
			return nil, s.Err()
		}
	}
	return r, nil
}

func (w *world) warmUp(ctx context.Context, f *idleFlags) error {
	return each(ctx, 2*f.workers, f.workers, func(ctx context.Context, i int) error {
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

// gather makes groups of neighbours, if groups are wanted.
func gather(ctx context.Context, w *world, sessions []*load.Session, f *idleFlags) error {
	if f.groupSize <= 0 {
		return nil
	}
	groups := (len(sessions) + f.groupSize - 1) / f.groupSize
	return each(ctx, groups, 16, func(ctx context.Context, g int) error {
		members := sessions[g*f.groupSize : min((g+1)*f.groupSize, len(sessions))]
		id := fmt.Sprintf("%s-%d", w.Run, g)
		create := &troupev1.CreateGroup{Kind: troupev1.Kind_KIND_MEETING, GroupId: id, Name: "idle"}
		for _, m := range members[1:] {
			create.InitialMembers = append(create.InitialMembers, &troupev1.InitialMember{UserId: m.User})
		}
		_, err := members[0].Call(ctx, &troupev1.Request{Op: &troupev1.Request_CreateGroup{CreateGroup: create}})
		return err
	})
}
