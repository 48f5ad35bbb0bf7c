package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/troupe-im/troupe/client"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestAudit(t *testing.T) {
	t.Parallel()
	// X-089 names the server API too, which is not there.
	t.Run("connections", func(t *testing.T) {
		w := newWorld(t, rooted)
		ann, bob := w.trusted("ann", ""), w.trusted("bob", "")
		ann.create(troupev1.Kind_KIND_CUSTOM, "g", "bob")
		ann.create(troupev1.Kind_KIND_LIVESTREAM, "show")
		root := w.from("127.0.9.9")
		root.user = "root"
		root.ok(w.byToken("root", "desk"))
		var want []*troupev1.AuditEntry
		call := func(target string, code int32, op proto.Message) {
			t.Helper()
			req := request(op)
			require.Equal(t, code, root.send(req).GetCode(), "%v", req)
			_, name := chosenOp(req)
			kept := proto.Clone(req).(*troupev1.Request)
			kept.RequestId = ""
			if n := kept.GetSendCustomNotice(); n != nil {
				n.Content = nil
			}
			want = append(want, &troupev1.AuditEntry{
				AuditId: uint64(len(want) + 1), Time: w.now(), Actor: "root", Via: troupev1.Via_VIA_CONNECTION, Address: "127.0.9.9",
				DeviceId: "desk", Operation: name, Target: target, Parameters: kept, RequestId: req.GetRequestId(), Code: proto.Int32(code),
			})
			w.advance(time.Second)
		}
		// Changes, changes of nothing, reads and refusals, all as app_admin.
		call("g", 0, &troupev1.SetNameCard{GroupId: "g", UserId: "bob", NameCard: "Bobby"})
		call("g", 0, &troupev1.SetNameCard{GroupId: "g", UserId: "bob", NameCard: "Bobby"})
		call("g", 0, &troupev1.MuteMembers{GroupId: "g", UserIds: []string{"bob", "eve"}, Duration: proto.Int64(60)})
		call("show", 0, &troupev1.MuteGroup{GroupId: "show", On: true, Mode: troupev1.MuteMode_MUTE_MODE_ALL})
		call("club", 0, &troupev1.CreateGroup{GroupId: "club", Kind: troupev1.Kind_KIND_CUSTOM, OwnerId: "bob", Name: "Club"})
		call("g", 0, &troupev1.ListMembers{GroupId: "g"})
		call("g", 0, &troupev1.GetGroupHistory{GroupId: "g"})
		call("g", 0, &troupev1.GetGroupProfiles{GroupIds: []string{"g"}})
		call("ann", 0, &troupev1.ListJoinedGroups{UserId: "ann"})
		call("g", 11013, &troupev1.TransferOwner{GroupId: "g", NewOwnerId: "eve"})
		call("none", 10010, &troupev1.SendCustomNotice{GroupId: "none", ToUserIds: []string{"ann"}, Content: []byte(secret)})
		call("eve", 0, banOf("eve", 60, "spam"))
		call("root", 11014, banOf("root", 60, ""))
		call("eve", 0, &troupev1.LiftBan{UserId: "eve"})
		call("192.0.2.0/24", 0, &troupev1.SetBan{Address: "192.0.2.0/24", Duration: proto.Int64(-1)})
		call("", 0, &troupev1.ListBans{})
		call("eve", 0, &troupev1.RevokeTokens{UserId: "eve"})
		call("", 0, &troupev1.ListAudit{Actor: "nobody"})
		entries := root.log(&troupev1.ListAudit{Count: proto.Uint32(3)})
		require.Empty(t, cmp.Diff(want, entries[:len(want)], protocmp.Transform()))

		// What one may do anyhow is not there; others cannot read, and their tries are there.
		before := len(root.log(&troupev1.ListAudit{}))
		ann.ok(&troupev1.SetNameCard{GroupId: "g", UserId: "bob", NameCard: "B"})
		root.ok(&troupev1.SearchGroup{GroupIds: []string{"g"}})
		root.ok(&troupev1.ListJoinedGroups{})
		bob.code(10007, &troupev1.KickMembers{GroupId: "g", UserIds: []string{"ann"}})
		for _, op := range []proto.Message{&troupev1.ListAudit{}, banOf("ann", 1, ""), &troupev1.ListBans{}} {
			require.Nil(t, bob.code(10007, op).GetResult())
		}
		after := root.log(&troupev1.ListAudit{})
		var tries []string
		for _, e := range after[before:] {
			if e.GetActor() == "bob" {
				tries = append(tries, fmt.Sprint(e.GetOperation(), " ", e.GetCode()))
			} else {
				require.Equal(t, "list_audit", e.GetOperation())
			}
		}
		require.Equal(t, []string{"list_audit 10007", "set_ban 10007", "list_bans 10007"}, tries)
		of := root.log(&troupev1.ListAudit{Operation: "set_ban", Target: "eve", Actor: "root", From: want[11].GetTime(), To: want[11].GetTime() + 1})
		require.Len(t, of, 1)
		require.Equal(t, "spam", of[0].GetParameters().GetSetBan().GetReason())
		require.Empty(t, root.log(&troupev1.ListAudit{Operation: "set_ban", Target: "eve", To: want[11].GetTime()}))
	})
	t.Run("X-090", func(t *testing.T) {
		auditSecrets(t)
		auditCrash(t)
	})
}

// auditSecrets: what is called is there, but not what was said, nor tokens and keys.
func auditSecrets(t *testing.T) {
	t.Helper()
	w := newWorld(t, rooted)
	ann, eve, root := w.trusted("ann", ""), w.trusted("eve", ""), w.trusted("root", "")
	ann.create(troupev1.Kind_KIND_PUBLIC, "g")
	ann.create(troupev1.Kind_KIND_LIVESTREAM, "show")
	eve.code(25424, &troupev1.JoinGroup{GroupId: "g", Message: secret})
	list := root.ok(&troupev1.ListApplications{GroupId: "g"}).GetListApplications().GetApplications()
	require.Len(t, list, 1)
	root.ok(text("g", secret))
	root.ok(text("show", secret))
	root.ok(&troupev1.SendCustomNotice{GroupId: "g", Content: []byte(secret)})
	root.ok(&troupev1.AcceptApplication{
		GroupId: "g", ApplicantId: "eve", Message: secret, Authentication: list[0].GetAuthentication(), MsgKey: list[0].GetMsgKey(),
	})
	root.ok(&troupev1.InviteMembers{GroupId: "g", UserIds: []string{"root"}, Message: secret})
	var said []string
	for _, e := range root.log(&troupev1.ListAudit{}) {
		line, err := protocol.MarshalJSON(e)
		require.NoError(t, err)
		require.NotContains(t, string(line), secret)
		require.NotContains(t, string(line), list[0].GetAuthentication())
		require.NotContains(t, string(line), list[0].GetMsgKey())
		said = append(said, e.GetOperation())
	}
	require.Equal(t, []string{
		"list_applications", "send_message", "send_message", "send_custom_notice", "accept_application", "invite_members",
	}, said)
}

// chosenOp is the operation of a request and its name.
func chosenOp(req *troupev1.Request) (proto.Message, string) {
	m := req.ProtoReflect()
	fd := m.WhichOneof(m.Descriptor().Oneofs().ByName("op"))
	return m.Get(fd).Message().Interface(), string(fd.Name())
}

// secret is in every text that the log may not hold.
const secret = "hush-hush"

// meddler is an app_admin that changes groups it is not in and bans users, over
// many lives of the server.
type meddler struct {
	t    *testing.T
	n    int
	open map[string]*troupev1.Request // without answer so far
	done map[string]*troupev1.Request // answered, by request id
	all  map[string]*troupev1.Request
}

func (m *meddler) next() *troupev1.Request {
	m.n++
	g := "g" + strconv.Itoa(m.n%3)
	switch m.n % 5 {
	case 0:
		return request(banOf(fmt.Sprint("x", m.n), -1, fmt.Sprint("ban ", m.n)))
	case 1:
		op := text(g, fmt.Sprint(secret, " ", m.n))
		op.Random = proto.Uint32(uint32(m.n))
		return request(op)
	case 2:
		return request(&troupev1.SendCustomNotice{GroupId: g, Content: []byte(fmt.Sprint(secret, " ", m.n))})
	}
	return request(&troupev1.SetNameCard{GroupId: g, UserId: "ann", NameCard: fmt.Sprint("card ", m.n)})
}

// work repeats what has no answer, then goes on until the connection breaks.
func (m *meddler) work(conn *client.Conn, answered *atomic.Int64) {
	for _, req := range m.open {
		if conn.Send(req) != nil {
			return
		}
	}
	for {
		for len(m.open) < 16 {
			req := m.next()
			m.open[req.GetRequestId()], m.all[req.GetRequestId()] = req, req
			if conn.Send(req) != nil {
				return
			}
		}
		f, err := conn.Recv(context.Background())
		if err != nil {
			return
		}
		if a := f.GetAnswer(); a != nil && a.GetCode() == 0 {
			m.done[a.GetRequestId()] = m.open[a.GetRequestId()]
			delete(m.open, a.GetRequestId())
			answered.Add(1)
		}
	}
}

// found is what the server shows of changes, told by the texts in them.
func (m *meddler) found(c *child) map[string]int {
	m.t.Helper()
	found := map[string]int{}
	root, ann := c.login("root"), c.login("ann")
	for i := range 3 {
		for _, msg := range wholeHistory(m.t, ann, fmt.Sprint("g", i)) {
			if tip := tipOf(msg); tip == nil {
				found[textOf(msg)]++
			} else if tip.GetTipType() == 7 {
				found[tip.GetMembers()[0].GetNameCard()]++
			}
		}
	}
	for cursor := ""; ; {
		page := exchange(m.t, ann, request(&troupev1.ListSystemNotices{Count: proto.Uint32(100), Cursor: cursor})).GetListSystemNotices()
		for _, n := range page.GetNotices() {
			if n.GetNoticeType() == 255 {
				found[string(n.GetContent())]++
			}
		}
		if cursor = page.GetNextCursor(); cursor == "" {
			break
		}
	}
	for cursor := ""; ; {
		page := exchange(m.t, root, request(&troupev1.ListBans{Count: proto.Uint32(100), Cursor: cursor})).GetListBans()
		for _, b := range page.GetBans() {
			found[b.GetReason()]++
		}
		if cursor = page.GetNextCursor(); cursor == "" {
			break
		}
	}
	_, _ = root.Abort(), ann.Abort()
	return found
}

// textIn is what tells a change: the text that it leaves behind.
func textIn(req *troupev1.Request) string {
	switch op, _ := chosenOp(req); op := op.(type) {
	case *troupev1.SetBan:
		return op.GetReason()
	case *troupev1.SendMessage:
		return op.GetElements()[0].GetText().GetText()
	case *troupev1.SendCustomNotice:
		return string(op.GetContent())
	case *troupev1.SetNameCard:
		return op.GetNameCard()
	}
	return ""
}

// judge compares the log with what has changed: one entry for each change, no
// change without, nothing that may not be in it.
func (m *meddler) judge(c *child) {
	m.t.Helper()
	found := m.found(c)
	root := c.login("root")
	logged := map[string]int{}
	last := uint64(0)
	for cursor := ""; ; {
		page := exchange(m.t, root, request(&troupev1.ListAudit{
			Order: troupev1.Order_ORDER_OLDEST, Count: proto.Uint32(100), Cursor: cursor,
		})).GetListAudit()
		for _, e := range page.GetEntries() {
			require.Greater(m.t, e.GetAuditId(), last)
			last = e.GetAuditId()
			line, err := protocol.MarshalJSON(e)
			require.NoError(m.t, err)
			require.NotContains(m.t, string(line), secret)
			if req := m.all[e.GetRequestId()]; req != nil {
				require.Zero(m.t, e.GetCode())
				logged[textIn(req)]++
			}
		}
		if cursor = page.GetNextCursor(); cursor == "" {
			break
		}
	}
	_ = root.Abort()
	// The oldest notices give way when there are 500.
	for text := range logged {
		if strings.HasPrefix(text, secret) && found[text] == 0 && m.isNotice(text) {
			found[text] = 1
		}
	}
	require.Equal(m.t, logged, found)
	for _, req := range m.done {
		require.Equal(m.t, 1, logged[textIn(req)], "answered: %v", req)
	}
}

func (m *meddler) isNotice(text string) bool {
	n, err := strconv.Atoi(strings.TrimPrefix(text, secret+" "))
	return err == nil && n%5 == 2
}

// auditCrash kills the server at random points: afterwards every change has its
// entry, every entry its change, and every answer both.
func auditCrash(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	c := startChild(t, dir)
	ann := c.login("ann")
	for i := range 3 {
		exchange(t, ann, request(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_CUSTOM, GroupId: fmt.Sprint("g", i)}))
	}
	_ = ann.Abort()
	m := &meddler{t: t, open: map[string]*troupev1.Request{}, done: map[string]*troupev1.Request{}, all: map[string]*troupev1.Request{}}
	for range 3 {
		var answered atomic.Int64
		conn := c.login("root")
		working := make(chan struct{})
		go func() {
			m.work(conn, &answered)
			close(working)
		}()
		for at := 1 + rand.Int64N(300); answered.Load() < at; {
			runtime.Gosched()
		}
		c.kill()
		<-working
		_ = conn.Abort()
		c = startChild(t, dir)
		m.judge(c)
	}
	require.NotEmpty(t, m.done)
	c.term()
}
