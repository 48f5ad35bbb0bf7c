package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/bench/internal/load"
	"github.com/troupe-im/troupe/bench/internal/report"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

type messagesFlags struct {
	groups, senders, bytes int
	during                 time.Duration
}

func newMessages(a *app) *cobra.Command {
	var f messagesFlags
	c := &cobra.Command{
		Use:   "messages",
		Short: "Accepted messages a second, each stored before its answer",
		Long: "messages has senders in each group send one message after another, each waiting for its\n" +
			"answer. Nobody listens: what is measured is deciding, storing and answering. At the end each\n" +
			"group must have numbered exactly what was accepted.",
		Args: cobra.NoArgs,
		RunE: a.scenario(func(ctx context.Context, w *world) (*report.Result, error) { return a.messages(ctx, w, &f) }),
	}
	c.Flags().IntVar(&f.groups, "groups", 100, "groups")
	c.Flags().IntVar(&f.senders, "senders", 64, "senders per group, each with one message under way")
	c.Flags().IntVar(&f.bytes, "bytes", 100, "bytes of text")
	c.Flags().DurationVar(&f.during, "for", 20*time.Second, "how long")
	return c
}

// room is one group and its senders.
type room struct {
	id       string
	senders  []*load.Session
	accepted atomic.Uint64
}

func (a *app) messages(ctx context.Context, w *world, f *messagesFlags) (*report.Result, error) {
	if need := f.groups * f.senders; need > w.connections {
		return nil, fmt.Errorf("%d senders, there is room for %d connections", need, w.connections)
	}
	rooms := make([]*room, f.groups)
	a.say("connecting %d senders", f.groups*f.senders)
	err := load.Each(ctx, f.groups, 32, func(ctx context.Context, i int) (err error) {
		rooms[i], err = openRoom(ctx, w.Target, i, f.senders)
		return err
	})
	if err != nil {
		return nil, err
	}
	a.say("sending for %s", f.during)
	r, err := a.sendAll(ctx, w, rooms, f)
	if err != nil {
		return nil, err
	}
	r.Profile, r.Connections = rooms[0].senders[0].Login.GetLimits().GetProfile(), f.groups*f.senders
	r.Extra = map[string]any{"groups": f.groups, "senders_per_group": f.senders, "bytes": f.bytes}
	return r, load.Each(ctx, len(rooms), 32, func(ctx context.Context, i int) error { return rooms[i].close(ctx, f.senders) })
}

// openRoom makes a group whose owner is its first sender.
func openRoom(ctx context.Context, t *load.Target, number, senders int) (*room, error) {
	r := &room{id: fmt.Sprintf("%s-%d", t.Run, number)}
	for i := range senders {
		s, err := t.Connect(ctx, fmt.Sprintf("%s-%d", r.id, i), nil)
		if err != nil {
			return nil, err
		}
		r.senders = append(r.senders, s)
		req := &troupev1.Request{Op: &troupev1.Request_JoinGroup{JoinGroup: &troupev1.JoinGroup{GroupId: r.id}}}
		if i == 0 {
			req = &troupev1.Request{Op: &troupev1.Request_CreateGroup{CreateGroup: &troupev1.CreateGroup{
				Kind: troupev1.Kind_KIND_MEETING, GroupId: r.id, Name: "load",
			}}}
		}
		if _, err := s.Call(ctx, req); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// sending is what all senders of a run share.
type sending struct {
	text     string
	until    time.Time
	accepted atomic.Uint64
	answers  *report.Recorder

	mu       sync.Mutex
	refusals map[string]uint64
	errs     []error
}

// sendAll has everybody send for the time wanted.
func (a *app) sendAll(ctx context.Context, w *world, rooms []*room, f *messagesFlags) (*report.Result, error) {
	run := &sending{text: strings.Repeat("x", f.bytes), answers: report.NewRecorder(), refusals: map[string]uint64{}}
	watch := a.sampler(w)
	watch.Operations, watch.Latency = run.accepted.Load, run.answers
	before, err := w.cpu()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	run.until = began.Add(f.during)
	watch.Start(ctx)
	run.all(ctx, rooms)
	took := time.Since(began)
	after, err := w.cpu()
	accepted := run.accepted.Load()
	r := &report.Result{Scenario: "messages", Started: began, Seconds: took.Seconds(), Operations: accepted, Refusals: run.refusals}
	a.watched(watch, r)
	if err := errors.Join(append(run.errs, err)...); err != nil {
		return nil, err
	}
	if accepted == 0 {
		return nil, errors.New("no message was accepted")
	}
	r.ServerCPUUsPerOperation = float64((after - before).Microseconds()) / float64(accepted)
	// Nobody listens: the only times are those of the answers.
	r.Ack, r.AckCurve, r.Latency, r.LatencyCurve = r.Latency, r.LatencyCurve, nil, nil
	return r, nil
}

// lanes of the recorder are shared by the rooms.
const lanes = 8

func (s *sending) all(ctx context.Context, rooms []*room) {
	var shared [lanes]*report.Lane
	for i := range shared {
		shared[i] = s.answers.Lane()
	}
	var all sync.WaitGroup
	for i, r := range rooms {
		for _, one := range r.senders {
			all.Go(func() {
				if err := r.send(ctx, one, s, shared[i%lanes]); err != nil {
					s.mu.Lock()
					defer s.mu.Unlock()
					s.errs = append(s.errs, err)
				}
			})
		}
	}
	all.Wait()
}

func (s *sending) refused(a *troupev1.Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusals[fmt.Sprintf("%d %s", a.GetCode(), a.GetError())]++
}

// cpu is the server's processor time; zero if the server is not ours.
func (w *world) cpu() (time.Duration, error) {
	if w.server == nil {
		return 0, nil
	}
	return w.server.CPU()
}

// send sends one message after another until it is time to stop.
func (r *room) send(ctx context.Context, s *load.Session, run *sending, lane *report.Lane) error {
	for time.Now().Before(run.until) {
		began := time.Now()
		_, err := s.Call(ctx, &troupev1.Request{Op: &troupev1.Request_SendMessage{SendMessage: &troupev1.SendMessage{
			Conversation: &troupev1.Conversation{Type: troupev1.ConversationType_CONVERSATION_TYPE_GROUP, Id: r.id},
			Elements:     []*troupev1.Element{{Element: &troupev1.Element_Text{Text: &troupev1.Text{Text: run.text}}}},
		}}})
		var refusal *load.ErrRefused
		switch {
		case errors.As(err, &refusal):
			run.refused(refusal.Answer)
		case err != nil:
			return err
		default:
			lane.Record(time.Since(began), 1)
			run.accepted.Add(1)
			r.accepted.Add(1)
		}
	}
	return nil
}

// close checks that the group numbered what was accepted, its joins besides,
// and closes.
func (r *room) close(ctx context.Context, senders int) error {
	a, err := r.senders[0].Call(ctx, &troupev1.Request{Op: &troupev1.Request_GetGroupProfiles{GetGroupProfiles: &troupev1.GetGroupProfiles{
		GroupIds: []string{r.id}, Fields: []string{"next_seq"},
	}}})
	for _, s := range r.senders {
		s.Close()
	}
	if err != nil {
		return err
	}
	groups := a.GetGetGroupProfiles().GetGroups()
	want := r.accepted.Load() + uint64(senders)
	if len(groups) != 1 || groups[0].GetGroup().GetNextSeq() != want {
		return fmt.Errorf("group %s: next_seq is %d, want %d", r.id, groups[0].GetGroup().GetNextSeq(), want)
	}
	return nil
}
