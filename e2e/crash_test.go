package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/client"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// writer is one user who talks in one group over many lives of the server.
type writer struct {
	user, group string
	n           int
	// acked holds the number that each acknowledged text got; open the
	// requests whose answer never came.
	acked map[string]uint64
	open  map[string]*troupev1.Request
	sent  map[string]bool
	card  string // newest acknowledged name card
	cards map[string]bool
	total *atomic.Int64 // answers to all writers
}

func textOf(m *troupev1.Message) string { return m.GetElements()[0].GetText().GetText() }

// talk sends until the connection breaks: messages, and a name card now and
// then, up to 32 in flight.
func (w *writer) talk(conn *client.Conn, stop <-chan struct{}) {
	texts := map[string]string{}
	cards := map[string]string{}
	for _, req := range w.open {
		// What has no answer is asked again with the same id (spec 18.5).
		texts[req.GetRequestId()] = req.GetSendMessage().GetElements()[0].GetText().GetText()
		if conn.Send(req) != nil {
			return
		}
	}
	for {
		for len(texts)+len(cards) < 32 {
			select {
			case <-stop:
				return
			default:
			}
			w.n++
			body := fmt.Sprintf("%s-%d", w.user, w.n)
			if w.n%17 == 0 {
				req := request(&troupev1.SetNameCard{GroupId: w.group, NameCard: body})
				cards[req.GetRequestId()] = body
				w.cards[body] = true
				if conn.Send(req) != nil {
					return
				}
				continue
			}
			op := text(w.group, body)
			op.Random = proto.Uint32(rand.Uint32())
			req := request(op)
			req.RequestId = body
			texts[req.GetRequestId()], w.open[body], w.sent[body] = body, req, true
			if conn.Send(req) != nil {
				return
			}
		}
		f, err := conn.Recv(context.Background())
		if err != nil {
			return
		}
		a := f.GetAnswer()
		if a == nil || a.GetCode() != 0 {
			continue
		}
		w.total.Add(1)
		if body, ok := texts[a.GetRequestId()]; ok {
			delete(texts, a.GetRequestId())
			delete(w.open, body)
			w.acked[body] = a.GetSendMessage().GetSeq()
		} else if body, ok := cards[a.GetRequestId()]; ok {
			delete(cards, a.GetRequestId())
			w.card = body
		}
	}
}

// judge checks what the server still has against what it acknowledged.
func (w *writer) judge(t *testing.T, all []*troupev1.Message) {
	t.Helper()
	require.Equal(t, upTo(1, uint64(len(all))), seqs(all), "%s: numbers without holes", w.group)
	at := map[string]uint64{}
	for _, m := range all {
		if m.GetSenderId() != w.user {
			continue
		}
		body := textOf(m)
		require.NotContains(t, at, body, "twice")
		require.True(t, w.sent[body], "%s was never sent", body)
		at[body] = m.GetSeq()
	}
	for body, seq := range w.acked {
		require.Equal(t, seq, at[body], "%s was acknowledged", body)
	}
}

// A server killed at random points under load keeps every acknowledged
// command, none twice, numbers without holes.
func TestCrashLoop(t *testing.T) {
	kills := 3
	if s := os.Getenv("TROUPE_CRASH_KILLS"); s != "" {
		var err error
		kills, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	dir := t.TempDir()
	writers := make([]*writer, 6)
	var total atomic.Int64
	c := startChild(t, dir)
	for i := range writers {
		w := &writer{
			user: fmt.Sprint("u", i), group: fmt.Sprint("g", i/2), acked: map[string]uint64{},
			open: map[string]*troupev1.Request{}, sent: map[string]bool{}, cards: map[string]bool{}, total: &total,
		}
		writers[i] = w
		conn := c.login(w.user)
		if i%2 == 0 {
			exchange(t, conn, request(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_CUSTOM, GroupId: w.group}))
		} else {
			exchange(t, conn, request(&troupev1.JoinGroup{GroupId: w.group}))
		}
		_ = conn.Close()
	}
	for range kills {
		stop := make(chan struct{})
		var talking sync.WaitGroup
		for _, w := range writers {
			conn := c.login(w.user)
			talking.Go(func() {
				w.talk(conn, stop)
				_ = conn.Abort()
			})
		}
		for at := total.Load() + 1 + rand.Int64N(3000); total.Load() < at; {
			runtime.Gosched()
		}
		c.kill()
		close(stop)
		talking.Wait()
		c = startChild(t, dir)
		judgeAll(t, c, writers)
	}
	c.term()
}

func judgeAll(t *testing.T, c *child, writers []*writer) {
	t.Helper()
	total := 0
	for _, w := range writers {
		conn := c.login(w.user)
		w.judge(t, wholeHistory(t, conn, w.group))
		me := exchange(t, conn, request(&troupev1.GetMemberProfiles{GroupId: w.group, UserIds: []string{w.user}}))
		card := me.GetGetMemberProfiles().GetMembers()[0].GetNameCard()
		if w.card != "" {
			require.GreaterOrEqual(t, number(card), number(w.card), "an acknowledged name card is gone")
			require.True(t, w.cards[card])
		}
		total += len(w.acked)
		_ = conn.Close()
	}
	require.Positive(t, total, "nothing was acknowledged: the load does not load")
	t.Logf("%d acknowledged messages are there", total)
}

func number(card string) int {
	_, n, _ := cutLast(card)
	v, _ := strconv.Atoi(n)
	return v
}

func cutLast(s string) (before, after string, ok bool) {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '-' {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}
