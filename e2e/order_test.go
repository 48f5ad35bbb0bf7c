package e2e

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/client"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// logged is one call on a group's log as a client saw it.
type logged struct {
	send bool
	// seq is what a send was given, or the newest number that a read showed.
	seq uint64
	// unknown: the answer was unavailable, so it happened or not.
	unknown bool
}

// groupLog is what a group's numbers promise: each send takes the next one, a
// read shows the newest. A send whose outcome is unknown took one or none.
var groupLog = (&porcupine.NondeterministicModel{
	Init: func() []any { return []any{uint64(0)} },
	Step: func(state, _, output any) []any {
		newest, out := state.(uint64), output.(logged)
		switch {
		case out.send && out.unknown:
			return []any{newest, newest + 1}
		case out.send && out.seq == newest+1:
			return []any{newest + 1}
		case !out.send && out.seq == newest:
			return []any{newest}
		}
		return nil
	},
	Equal: func(a, b any) bool { return a == b },
}).ToModel()

// Sends and reads of one group, from several clients at once and while its
// actor fails again and again, have one order that fits every answer and the
// time at which it came.
func TestHistoryIsLinearizable(t *testing.T) {
	t.Parallel()
	var decided atomic.Int64
	w := newWorldWith(t, server.Options{Faults: func(p actors.FaultPoint) {
		if p == actors.FaultApply && decided.Add(1)%60 == 0 {
			panic("injected fault")
		}
	}}, unlimited)
	const clients, each = 5, 80
	p := w.users("u0")
	p[0].createWith(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_CUSTOM, GroupId: "g"})
	var mu sync.Mutex
	var history []porcupine.Operation
	var working sync.WaitGroup
	var conns []*client.Conn
	for i := range clients {
		c := w.login(fmt.Sprint("u", i), fmt.Sprint("d", i))
		for c.do(&troupev1.JoinGroup{GroupId: "g"}).GetCode() != 0 {
		}
		conns = append(conns, c.conn)
	}
	profile := p[0].ok(&troupev1.GetGroupProfiles{GroupIds: []string{"g"}}).GetGetGroupProfiles().GetGroups()[0]
	// Joins took numbers before; the log begins where they end.
	begin := profile.GetGroup().GetNextSeq() - 1
	for i, conn := range conns {
		working.Go(func() {
			for n := range each {
				op, said := one(conn, n%4 == 3, fmt.Sprintf("%d-%d", i, n))
				if !said {
					continue
				}
				op.ClientId = i
				mu.Lock()
				history = append(history, op)
				mu.Unlock()
			}
		})
	}
	working.Wait()
	require.Greater(t, decided.Load(), int64(60), "no fault was injected")
	shift(history, begin)
	require.Equal(t, porcupine.Ok, porcupine.CheckOperationsTimeout(groupLog, history, patience))
	// The check itself: a number given twice is found out.
	for i := range history {
		out := history[i].Output.(logged)
		if out.send && !out.unknown && out.seq > 1 {
			out.seq--
			history[i].Output = out
			break
		}
	}
	require.Equal(t, porcupine.Illegal, porcupine.CheckOperationsTimeout(groupLog, history, patience))
}

// one makes a call and records when it began and ended; said is false if it
// says nothing.
func one(conn *client.Conn, read bool, body string) (op porcupine.Operation, said bool) {
	req := request(text("g", body))
	if read {
		req = request(&troupev1.GetGroupProfiles{GroupIds: []string{"g"}})
	}
	op.Call = time.Now().UnixNano()
	var a *troupev1.Answer
	if conn.Send(req) == nil {
		if f, err := conn.Recv(context.Background()); err == nil {
			a = f.GetAnswer()
		}
	}
	op.Return = time.Now().UnixNano()
	if read {
		list := a.GetGetGroupProfiles().GetGroups()
		if len(list) != 1 || list[0].GetCode() != 0 {
			return op, false
		}
		op.Output = logged{seq: list[0].GetGroup().GetNextSeq() - 1}
		return op, true
	}
	if a != nil && a.GetCode() == 0 {
		op.Output = logged{send: true, seq: a.GetSendMessage().GetSeq()}
		return op, true
	}
	// What was under way may still be stored after the answer.
	op.Return, op.Output = math.MaxInt64, logged{send: true, unknown: true}
	return op, true
}

// shift moves the numbers so that the log begins with 1.
func shift(history []porcupine.Operation, begin uint64) {
	for i := range history {
		out := history[i].Output.(logged)
		if !out.unknown {
			out.seq -= begin
			history[i].Output = out
		}
	}
}
