package e2e

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/client"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/memory"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// gate is storage whose commits can be held up.
type gate struct {
	persistence.Journal
	mu sync.Mutex
	// shut: commits wait until it is closed. came gets one value for each.
	shut chan struct{}
	came chan struct{}
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut, g.came = make(chan struct{}), make(chan struct{}, 100)
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.shut)
	g.shut = nil
}

func (g *gate) Commit(ctx context.Context, batch []*persistence.Append) error {
	g.mu.Lock()
	shut, came := g.shut, g.came
	g.mu.Unlock()
	if shut != nil {
		came <- struct{}{}
		<-shut
	}
	return g.Journal.Commit(ctx, batch)
}

// While a deletion is being stored nobody knows whether it will be in force.
func TestDeletionBeingStored(t *testing.T) {
	t.Parallel()
	g := &gate{Journal: memory.New()}
	w := newWorldWith(t, server.Options{Journal: g, Epoch: g.Epoch()})
	root, ann, bob := w.device("root", ""), w.device("ann", ""), w.device("bob", "")
	ann.create(troupev1.Kind_KIND_MEETING, "g", "bob")
	bob.ok(text("g", "hi"))
	forget(w.peers...)
	g.close()
	req := request(&troupev1.DeleteUser{UserId: "bob"})
	require.NoError(t, root.conn.Send(req))
	<-g.came
	p := w.dial(protocol.Binary)
	p.code(11033, &troupev1.Login{UserId: "bob"})
	p.cut()
	other := w.device("root", "other")
	other.code(11032, &troupev1.DeleteUser{UserId: "bob"})
	require.Equal(t, "bob", ann.history("g")[1].GetSenderId(), "not in force yet")
	g.open()
	require.Zero(t, root.await(req.GetRequestId()).GetCode())
	bob.kickedOffline("account_deleted", 4503)
	w.refused(11058, &troupev1.Login{UserId: "bob"})
	require.NotEqual(t, "bob", ann.history("g")[1].GetSenderId())
}

// leavesNoRow asserts that no row of the store is a user's, but the deletion.
func leavesNoRow(t *testing.T, j persistence.Journal, user string) {
	t.Helper()
	require.NoError(t, j.View(func(tx persistence.Tx) error {
		for table := persistence.TableGroups; table <= persistence.LastTable; table++ {
			tx.Scan(table, nil, nil, false, func(key, _ []byte) bool {
				if table != persistence.TableDeletions {
					require.False(t, bytes.Contains(key, []byte(user)), "table %d: %q", table, key)
				}
				return true
			})
		}
		return nil
	}))
}

// Whatever a user does while it is being deleted, and whoever draws it into
// something: nothing of it is left, and nobody is signed in.
func TestDeletionAgainstEverythingAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, unlimited)
	root, ann, draws := w.device("root", ""), w.device("ann", ""), w.login("ann", "draws")
	ann.ok(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_PUBLIC, GroupId: "asks", Name: "n"})
	ann.ok(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_LIVESTREAM, GroupId: "live", Name: "n"})
	groups := []string{"asks", "live"}
	for i := range 6 {
		groups = append(groups, fmt.Sprint("g", i))
		ann.ok(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_MEETING, GroupId: groups[len(groups)-1], Name: "n"})
	}
	ann.ok(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_WORK, GroupId: "work", Name: "n"})
	groups = append(groups, "work")
	for round := range 30 {
		bob := fmt.Sprintf("bob%03d", round)
		doing := []proto.Message{
			&troupev1.MarkApplicationsRead{}, &troupev1.JoinGroup{GroupId: "asks"}, &troupev1.JoinGroup{GroupId: "live"},
			&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_WORK, GroupId: fmt.Sprint("own", round), Name: "n", InitialMembers: []*troupev1.InitialMember{{UserId: "ann"}}},
			&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_LIVESTREAM, GroupId: fmt.Sprint("room", round), Name: "n"},
			&troupev1.JoinGroup{GroupId: fmt.Sprint("room", round)}, &troupev1.MarkApplicationsRead{},
		}
		for i := range 6 {
			doing = append(doing, &troupev1.JoinGroup{GroupId: fmt.Sprint("g", i)}, text(fmt.Sprint("g", i), "hi"))
		}
		drawn := []proto.Message{
			&troupev1.InviteMembers{GroupId: "work", UserIds: []string{bob}},
			&troupev1.AcceptApplication{GroupId: "asks", ApplicantId: bob},
			&troupev1.TransferOwner{GroupId: "g0", NewOwnerId: bob},
			&troupev1.SendCustomNotice{GroupId: "g1", Content: []byte("x")},
		}
		rand.Shuffle(len(doing)-5, func(i, k int) { doing[i+5], doing[k+5] = doing[k+5], doing[i+5] })
		first := w.login(bob, "a")
		at := rand.IntN(len(doing) + 1)
		var others sync.WaitGroup
		var late []*client.Conn
		for i := range 3 {
			conn, err := client.DialConn(t.Context(), w.url, client.ConnOptions{})
			require.NoError(t, err)
			late = append(late, conn)
			others.Go(func() { _ = conn.Send(request(&troupev1.Login{UserId: bob, DeviceId: fmt.Sprint(i)})) })
		}
		others.Go(func() {
			for _, op := range drawn {
				_ = draws.conn.Send(request(op))
			}
			for range drawn {
				_, _ = draws.conn.Recv(t.Context())
			}
		})
		for _, op := range doing[:at] {
			_ = first.conn.Send(request(op))
		}
		others.Go(func() {
			for _, op := range doing[at:] {
				_ = first.conn.Send(request(op))
			}
		})
		root.deletes(bob, round%2 == 0)
		others.Wait()
		ids := append(slices.Clone(groups), fmt.Sprint("own", round), fmt.Sprint("room", round))
		for _, conn := range append(late, first.conn) {
			// All are closed, or were refused and stand there signed out.
			gone(t, conn)
		}
		w.peers = slices.DeleteFunc(w.peers, func(p *peer) bool { return p == first })
		w.settle()
		ann.take()
		for _, id := range ids {
			a := root.do(&troupev1.ListMembers{GroupId: id})
			for _, m := range a.GetListMembers().GetMembers() {
				require.NotEqual(t, bob, m.GetUserId(), "%s: %v", id, a)
				require.False(t, m.GetDeleted(), "%s: %v", id, a)
			}
			if g := root.ok(&troupev1.GetGroupProfiles{GroupIds: []string{id}}).GetGetGroupProfiles().GetGroups()[0]; g.GetCode() == 0 {
				require.NotContains(t, g.GetGroup().GetOwnerId(), "DELETED", id)
				require.NotEqual(t, bob, g.GetGroup().GetOwnerId(), id)
			}
		}
		if w.srv != nil {
			leavesNoRow(t, w.srv.Journal(), bob)
		}
	}
}

// gone asserts that a connection is closed or not signed in.
func gone(t *testing.T, conn *client.Conn) {
	t.Helper()
	defer func() { _ = conn.Abort() }()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	asked := request(&troupev1.ListJoinedGroups{})
	if conn.Send(asked) != nil {
		return
	}
	for {
		f, err := conn.Recv(ctx)
		if err != nil {
			require.NoError(t, ctx.Err(), "neither closed nor answered")
			return
		}
		if a := f.GetAnswer(); a.GetRequestId() == asked.GetRequestId() {
			if a.GetCode() != 0 {
				return
			}
			// Answered before it was sent away; that is still to come.
			asked = request(&troupev1.Ping{})
			if conn.Send(asked) != nil {
				return
			}
		}
	}
}

// Space is freed by it, so it may use the reserve.
func TestDeletionOnAFullDisk(t *testing.T) {
	t.Parallel()
	w, free := newDisk(t)
	root, ann, bob := w.device("root", ""), w.device("ann", ""), w.device("bob", "")
	bob.create(troupev1.Kind_KIND_MEETING, "g", "ann")
	bob.ok(text("g", "hi"))
	forget(w.peers...)
	free.Store(reserve - 1)
	ann.noSpace(text("g", "no"))
	root.deletes("bob", true)
	bob.kickedOffline("account_deleted", 4503)
	w.peers = []*peer{root, ann}
	ann.hear().exactly(counts{tips: 2})
	require.Equal(t, []string{"ann"}, ann.roster("g"))
	require.Equal(t, "ann", ann.profile("g").GetOwnerId())
	require.NotNil(t, ann.history("g")[1].GetRecalled())
	w.advance(time.Minute)
	w.refused(11058, &troupev1.Login{UserId: "bob"})
}

// pause stops whoever comes to a point once it is armed, until it may go on.
type pause struct {
	armed    atomic.Bool
	came, on chan struct{}
}

func newPause() *pause { return &pause{came: make(chan struct{}), on: make(chan struct{})} }

func (p *pause) here() {
	if p.armed.CompareAndSwap(true, false) {
		close(p.came)
		<-p.on
	}
}

// A command was judged by who its caller was just before, a frame too late.
func TestDeletionMeetsADecisionUnderWay(t *testing.T) {
	t.Parallel()
	for _, at := range []actors.FaultPoint{actors.FaultDecide, actors.FaultApply, actors.FaultRelease} {
		for _, kind := range []troupev1.Kind{troupev1.Kind_KIND_MEETING, troupev1.Kind_KIND_LIVESTREAM} {
			stop := newPause()
			w := newWorldWith(t, server.Options{Faults: func(p actors.FaultPoint) {
				if p == at {
					stop.here()
				}
			}})
			root, ann, bob := w.device("root", ""), w.device("ann", ""), w.device("bob", "")
			ann.ok(&troupev1.CreateGroup{Kind: kind, GroupId: "g", Name: "n"})
			ann.ok(&troupev1.JoinGroup{GroupId: "g"})
			w.settle()
			stop.armed.Store(true)
			require.NoError(t, bob.conn.Send(request(&troupev1.JoinGroup{GroupId: "g"})))
			<-stop.came
			root.deletes("bob", false)
			close(stop.on)
			w.settle()
			require.Equal(t, []string{"ann"}, ann.roster("g"), "%s %s", at, kind)
			gone(t, bob.conn)
			w.peers = []*peer{root, ann}
		}
	}
}

// slowView is storage in which one reading takes long, once it is armed.
type slowView struct {
	persistence.Journal
	*pause
}

func (j slowView) View(fn func(persistence.Tx) error) error {
	err := j.Journal.View(fn)
	j.here()
	return err
}

// A login has read that there is such a user.
func TestDeletionMeetsALoginUnderWay(t *testing.T) {
	t.Parallel()
	m := memory.New()
	j := slowView{m, newPause()}
	w := newWorldWith(t, server.Options{Journal: j, Epoch: m.Epoch()})
	w.known("bob")
	root, late := w.device("root", ""), w.dial(protocol.Binary)
	w.settle()
	j.armed.Store(true)
	login := request(&troupev1.Login{UserId: "bob"})
	require.NoError(t, late.conn.Send(login))
	<-j.came
	root.deletes("bob", false)
	close(j.on)
	require.EqualValues(t, 11058, late.await(login.GetRequestId()).GetCode())
	late.code(11030, &troupev1.ListJoinedGroups{})
}

// A command is on its way, with what was known of its users.
func TestDeletionMeetsACommandOnItsWay(t *testing.T) {
	t.Parallel()
	for _, kind := range []troupev1.Kind{troupev1.Kind_KIND_WORK, troupev1.Kind_KIND_MEETING, troupev1.Kind_KIND_LIVESTREAM} {
		m := memory.New()
		j := slowView{m, newPause()}
		w := newWorldWith(t, server.Options{Journal: j, Epoch: m.Epoch()})
		root, ann, bob := w.device("root", ""), w.device("ann", ""), w.device("bob", "")
		ann.ok(&troupev1.CreateGroup{Kind: kind, GroupId: "g", Name: "n"})
		w.settle()
		if kind == troupev1.Kind_KIND_LIVESTREAM {
			w.asleep() // a join of one that is awake reads nothing
		}
		j.armed.Store(true)
		late := request(&troupev1.InviteMembers{GroupId: "g", UserIds: []string{"bob"}})
		from := ann
		if kind != troupev1.Kind_KIND_WORK {
			late, from = request(&troupev1.JoinGroup{GroupId: "g"}), bob
		}
		require.NoError(t, from.conn.Send(late))
		<-j.came
		root.deletes("bob", false)
		close(j.on)
		if from == ann {
			a := ann.await(late.GetRequestId())
			require.Equal(t, "account_deleted", first(t, a.GetInviteMembers().GetUsers()).GetError())
		}
		w.settle()
		require.NotContains(t, root.roster("g"), "bob")
		for _, m := range root.ok(&troupev1.ListMembers{GroupId: "g"}).GetListMembers().GetMembers() {
			require.False(t, m.GetDeleted())
		}
		gone(t, bob.conn)
		leavesNoRow(t, m, "bob")
		w.peers = []*peer{root, ann}
	}
}
