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
	"github.com/troupe-im/troupe/bench/internal/replay"
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
		RunE: func(c *cobra.Command, _ []string) error {
			return a.scenario(c.Context(), func(w *world) (result, error) { return a.messages(c.Context(), w, &f) })
		},
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

type messagesResult struct {
	Groups    int                `json:"groups"`
	Senders   int                `json:"senders_per_group"`
	Bytes     int                `json:"bytes"`
	Seconds   float64            `json:"seconds"`
	Accepted  uint64             `json:"accepted"`
	PerSecond float64            `json:"accepted_per_second"`
	Refused   uint64             `json:"refused"`
	ServerCPU float64            `json:"server_cpu_us_per_message"`
	Answer    replay.Percentiles `json:"answer_ms"`
	Profile   string             `json:"profile"`
}

func (m *messagesResult) Write(w io.Writer) error {
	_, err := fmt.Fprintf(w, "profile   %s\nsenders   %d in each of %d groups, %d bytes\naccepted  %d in %.1f s, %.0f/s; %d refused\n"+
		"server    %.1f µs CPU per message\nanswer    %s\n",
		m.Profile, m.Senders, m.Groups, m.Bytes, m.Accepted, m.Seconds, m.PerSecond, m.Refused, m.ServerCPU, m.Answer)
	return err
}

func (a *app) messages(ctx context.Context, w *world, f *messagesFlags) (result, error) {
	if need := f.groups * f.senders; need > w.connections {
		return nil, fmt.Errorf("%d senders, there is room for %d connections", need, w.connections)
	}
	rooms := make([]*room, f.groups)
	a.say("connecting %d senders", f.groups*f.senders)
	err := each(ctx, f.groups, 32, func(ctx context.Context, i int) (err error) {
		rooms[i], err = openRoom(ctx, w.Target, i, f.senders)
		return err
	})
	if err != nil {
		return nil, err
	}
	m := &messagesResult{Groups: f.groups, Senders: f.senders, Bytes: f.bytes, Profile: rooms[0].senders[0].Login.GetLimits().GetProfile()}
	a.say("sending for %s", f.during)
	if err := m.measure(ctx, w, rooms, f); err != nil {
		return nil, err
	}
	return m, each(ctx, len(rooms), 32, func(ctx context.Context, i int) error { return rooms[i].close(ctx, f.senders) })
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

func (m *messagesResult) measure(ctx context.Context, w *world, rooms []*room, f *messagesFlags) error {
	text := string(make([]byte, 0, f.bytes))
	for len(text) < f.bytes {
		text += "x"
	}
	before, err := w.cpu()
	if err != nil {
		return err
	}
	began := time.Now()
	until := began.Add(f.during)
	hist := replay.NewHistogram()
	var mu sync.Mutex
	var all sync.WaitGroup
	var errs []error
	var refused atomic.Uint64
	for _, r := range rooms {
		for _, s := range r.senders {
			all.Go(func() {
				own := replay.NewHistogram()
				err := r.send(ctx, s, text, until, func(took time.Duration, ok bool) {
					if ok {
						_ = own.RecordValue(took.Microseconds())
					} else {
						refused.Add(1)
					}
				})
				mu.Lock()
				defer mu.Unlock()
				hist.Merge(own)
				errs = append(errs, err)
			})
		}
	}
	all.Wait()
	took := time.Since(began)
	after, err := w.cpu()
	if err := errors.Join(append(errs, err)...); err != nil {
		return err
	}
	for _, r := range rooms {
		m.Accepted += r.accepted.Load()
	}
	if m.Accepted == 0 {
		return errors.New("no message was accepted")
	}
	m.Seconds, m.Refused, m.Answer = took.Seconds(), refused.Load(), replay.PercentilesOf(hist)
	m.PerSecond = float64(m.Accepted) / m.Seconds
	m.ServerCPU = float64((after - before).Microseconds()) / float64(m.Accepted)
	return nil
}

// cpu is the server's processor time; zero if the server is not ours.
func (w *world) cpu() (time.Duration, error) {
	if w.server == nil {
		return 0, nil
	}
	return w.server.CPU()
}

func (r *room) send(ctx context.Context, s *load.Session, text string, until time.Time, told func(time.Duration, bool)) error {
	for time.Now().Before(until) {
		began := time.Now()
		_, err := s.Call(ctx, &troupev1.Request{Op: &troupev1.Request_SendMessage{SendMessage: &troupev1.SendMessage{
			Conversation: &troupev1.Conversation{Type: troupev1.ConversationType_CONVERSATION_TYPE_GROUP, Id: r.id},
			Elements:     []*troupev1.Element{{Element: &troupev1.Element_Text{Text: &troupev1.Text{Text: text}}}},
		}}})
		var refusal *load.ErrRefused
		if err != nil && !errors.As(err, &refusal) {
			return err
		}
		told(time.Since(began), err == nil)
		if err == nil {
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
