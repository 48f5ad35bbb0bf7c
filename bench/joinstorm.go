package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/bench/internal/load"
	"github.com/troupe-im/troupe/bench/internal/report"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

type joinstormFlags struct{ users, workers int }

func newJoinstorm(a *app) *cobra.Command {
	var f joinstormFlags
	c := &cobra.Command{
		Use:   "joinstorm",
		Short: "Many users, known before, enter one livestream",
		Long: "joinstorm has users that logged in before connect, log in with signed tokens, attach and join\n" +
			"one livestream, as fast as they can. The server's processor time for all of that, the folded\n" +
			"tips to everybody included, is divided by the joins. The tips must name everybody once.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.scenario(c.Context(), func(w *world) (result, error) { return a.joinstorm(c.Context(), w, &f) })
		},
	}
	c.Flags().IntVar(&f.users, "users", 15000, "joiners")
	c.Flags().IntVar(&f.workers, "workers", 128, "joins under way at once")
	return c
}

type joinstormResult struct {
	Users     int                 `json:"users"`
	Workers   int                 `json:"workers"`
	Seconds   float64             `json:"seconds"`
	PerSecond float64             `json:"joins_per_second"`
	ServerCPU float64             `json:"server_cpu_us_per_join"`
	Tips      uint64              `json:"tips_to_all"`
	Join      *report.Percentiles `json:"connect_to_joined_ms"`
	Profile   string              `json:"profile"`
}

func (r *joinstormResult) Write(w io.Writer) error {
	_, err := fmt.Fprintf(w, "profile   %s\njoins     %d in %.1f s, %.0f/s, %d at once; %d tips\nserver    %.0f µs CPU per join\nfrom connecting to joined  %s\n",
		r.Profile, r.Users, r.Seconds, r.PerSecond, r.Workers, r.Tips, r.ServerCPU, r.Join)
	return err
}

func (a *app) joinstorm(ctx context.Context, w *world, f *joinstormFlags) (result, error) {
	if f.users+1 > w.connections {
		return nil, fmt.Errorf("%d users, there is room for %d connections", f.users, w.connections)
	}
	user := func(i int) string { return fmt.Sprintf("%s-%d", w.Run, i) }
	a.say("making %d users known", f.users)
	if err := each(ctx, f.users, f.workers, func(ctx context.Context, i int) error {
		s, err := w.Connect(ctx, user(i), nil)
		if err == nil {
			s.Close()
		}
		return err
	}); err != nil {
		return nil, err
	}
	o, err := watch(ctx, w.Target, f.users)
	if err != nil {
		return nil, err
	}
	defer o.session.Close()
	a.say("joining")
	r := &joinstormResult{Users: f.users, Workers: f.workers, Profile: o.session.Login.GetLimits().GetProfile()}
	sessions := make([]*load.Session, f.users)
	defer func() {
		for _, s := range sessions {
			if s != nil {
				s.Close()
			}
		}
	}()
	if err := r.measure(ctx, w, o, sessions, user); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *joinstormResult) measure(ctx context.Context, w *world, o *observer, sessions []*load.Session, user func(int) string) error {
	before, err := w.cpu()
	if err != nil {
		return err
	}
	hist, began := report.NewHistogram(), time.Now()
	var mu sync.Mutex
	if err := each(ctx, r.Users, r.Workers, func(ctx context.Context, i int) error {
		start := time.Now()
		s, err := w.Connect(ctx, user(i), nil)
		if err != nil {
			return err
		}
		sessions[i] = s
		if err := s.AttachLive(ctx); err != nil {
			return err
		}
		if _, err := s.Call(ctx, &troupev1.Request{Op: &troupev1.Request_JoinGroup{JoinGroup: &troupev1.JoinGroup{GroupId: o.group}}}); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		return hist.RecordValue(time.Since(start).Microseconds())
	}); err != nil {
		return err
	}
	took := time.Since(began)
	if err := o.wait(ctx); err != nil {
		return err
	}
	after, err := w.cpu()
	if err != nil {
		return err
	}
	r.Seconds, r.PerSecond, r.Tips = took.Seconds(), float64(r.Users)/took.Seconds(), o.tips.Load()
	r.ServerCPU, r.Join = float64((after-before).Microseconds())/float64(r.Users), report.PercentilesOf(hist)
	return nil
}

// observer is the owner of a livestream, who counts those that the tips name.
type observer struct {
	session *load.Session
	group   string
	want    uint64
	named   atomic.Uint64
	tips    atomic.Uint64
	all     chan struct{}
}

// watch makes the livestream and joins it.
func watch(ctx context.Context, t *load.Target, users int) (*observer, error) {
	// The owner's own arrival is named too.
	o := &observer{group: t.Run, want: uint64(users) + 1, all: make(chan struct{})}
	var err error
	if o.session, err = t.Connect(ctx, t.Run+"-owner", o.hear); err != nil {
		return nil, err
	}
	if err = o.session.AttachLive(ctx); err == nil {
		_, err = o.session.Call(ctx, &troupev1.Request{Op: &troupev1.Request_CreateGroup{CreateGroup: &troupev1.CreateGroup{
			Kind: troupev1.Kind_KIND_LIVESTREAM, GroupId: o.group, Name: "storm",
		}}})
	}
	if err == nil {
		_, err = o.session.Call(ctx, &troupev1.Request{Op: &troupev1.Request_JoinGroup{JoinGroup: &troupev1.JoinGroup{GroupId: o.group}}})
	}
	if err != nil {
		o.session.Close()
		return nil, err
	}
	return o, nil
}

func (o *observer) hear(e *troupev1.Event) {
	for _, el := range e.GetMessage().GetElements() {
		if tip := el.GetGroupTip(); tip.GetTipType() == 1 {
			o.tips.Add(1)
			if o.named.Add(uint64(tip.GetUserCount())) == o.want {
				close(o.all)
			}
		}
	}
}

// wait waits until everybody was named.
func (o *observer) wait(ctx context.Context) error {
	timeout := time.NewTimer(load.AnswerWithin)
	defer timeout.Stop()
	select {
	case <-o.all:
		return nil
	case <-o.session.Ended():
		return errors.Join(errors.New("the observer was disconnected"), o.session.Err())
	case <-timeout.C:
		return fmt.Errorf("the tips name %d users, want %d", o.named.Load(), o.want)
	case <-ctx.Done():
		return ctx.Err()
	}
}
