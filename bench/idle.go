package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/bench/internal/load"
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
			return a.scenario(c.Context(), func(w *world) (result, error) { return a.idle(c.Context(), w, &f) })
		},
	}
	c.Flags().IntVar(&f.connections, "connections", 15000, "connections")
	c.Flags().IntVar(&f.groupSize, "group-size", 0, "members per group; 0 = no groups")
	c.Flags().IntVar(&f.workers, "workers", 128, "connections made at once")
	return c
}

type idleResult struct {
	Connections int    `json:"connections"`
	GroupSize   int    `json:"group_size"`
	Codec       string `json:"codec"`
	// Before, With are in bytes, after a collection; Uncollected is With before it.
	Before      uint64  `json:"rss_anon_before"`
	With        uint64  `json:"rss_anon_with"`
	Uncollected uint64  `json:"rss_anon_uncollected"`
	KB          float64 `json:"kb_per_connection"`
	KBRaw       float64 `json:"kb_per_connection_uncollected"`
	Profile     string  `json:"profile"`
}

func (r *idleResult) Write(w io.Writer) error {
	_, err := fmt.Fprintf(w, "profile     %s\nidle        %d connections, codec %s, groups of %d\n"+
		"memory      %.1f KB per connection (%.1f before the collection); %.1f MB before, %.1f MB with them\n",
		r.Profile, r.Connections, r.Codec, r.GroupSize, r.KB, r.KBRaw, float64(r.Before)/1e6, float64(r.With)/1e6)
	return err
}

func (a *app) idle(ctx context.Context, w *world, f *idleFlags) (result, error) {
	if w.server == nil {
		return nil, errors.New("idle looks into the server's process and must start it itself")
	}
	if f.connections > w.connections {
		return nil, fmt.Errorf("%d connections, there is room for %d", f.connections, w.connections)
	}
	r := &idleResult{Connections: f.connections, GroupSize: f.groupSize, Codec: w.Codec.String()}
	user := func(i int) string { return fmt.Sprintf("%s-%d", w.Run, i) }
	// The first connections warm up what is there once: pools, shards, storage.
	if err := w.warmUp(ctx, f); err != nil {
		return nil, err
	}
	var err error
	if r.Before, _, err = w.memory(ctx); err != nil {
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
	if r.With, r.Uncollected, err = w.memory(ctx); err != nil {
		return nil, err
	}
	n := float64(f.connections) * 1000
	r.KB, r.KBRaw = (float64(r.With)-float64(r.Before))/n, (float64(r.Uncollected)-float64(r.Before))/n
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
