package e2e

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/client"
	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/memory"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// leftAs tells what the newest entries of a group's history say of a deletion:
// the id that is shown of the user, "" if it has not left yet.
func leftAs(t *testing.T, all []*troupev1.Message, heir string) (id string) {
	t.Helper()
	require.Equal(t, upTo(1, uint64(len(all))), seqs(all))
	for i, m := range all {
		tip := tipOf(m)
		if tip.GetReason() != "account_deleted" {
			continue
		}
		require.Empty(t, id, "left twice")
		id = isDeleted(t, first(t, tip.GetUsers()))
		require.Len(t, all, i+2, "the owner is followed at once, and nothing else happens")
		require.Equal(t, heir, first(t, tipOf(all[i+1]).GetChanges()).GetValue())
	}
	return id
}

// leftBy waits until a deleted user has left a group.
func leftBy(ctx context.Context, t *testing.T, ann *client.Conn, group string) (id string) {
	t.Helper()
	for id == "" {
		require.NoError(t, ctx.Err(), "%s is not left", group)
		id = leftAs(t, wholeHistory(t, ann, group), "ann")
		runtime.Gosched()
	}
	return id
}

// Killed in the middle of the work that follows, the server takes it up again.
func TestDeletionSurvivesKills(t *testing.T) {
	const groups = 150
	t.Setenv("TROUPE_DEV_ADMINS", "root")
	dir := t.TempDir()
	c := startChild(t, dir)
	_ = c.login("ann").Close()
	bob := c.login("bob")
	for i := range groups {
		exchange(t, bob, request(&troupev1.CreateGroup{
			Kind: troupev1.Kind_KIND_MEETING, GroupId: fmt.Sprint("g", i), Name: "n",
			InitialMembers: []*troupev1.InitialMember{{UserId: "ann"}},
		}))
		exchange(t, bob, request(text(fmt.Sprint("g", i), "hi")))
	}
	_ = bob.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	for kill := range 3 {
		if kill == 0 {
			a := exchange(t, c.login("root"), request(&troupev1.DeleteUser{UserId: "bob"})).GetDeleteUser()
			require.EqualValues(t, groups, a.GetGroupsLeft())
		} else {
			loginRefused(t, c)
			leftBy(ctx, t, c.login("ann"), fmt.Sprint("g", 20*kill))
		}
		c.kill()
		c = startChild(t, dir)
	}
	loginRefused(t, c)
	ann := c.login("ann")
	shown := map[string]bool{}
	for i := range groups {
		shown[leftBy(ctx, t, ann, fmt.Sprint("g", i))] = true
	}
	require.Len(t, shown, 1)
	c.term()

	w := newWorld(t, func(c *config.Config) { c.Data.Dir = dir })
	w.settle()
	leavesNoRow(t, w.srv.Journal(), "bob")
	w.refused(11058, &troupev1.Login{UserId: "bob"})
}

// loginRefused: the id is closed from the answer on, also after a crash.
func loginRefused(t *testing.T, c *child) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, err := client.DialConn(ctx, c.url, client.ConnOptions{})
	require.NoError(t, err)
	require.NoError(t, conn.Send(request(&troupev1.Login{UserId: "bob"})))
	f, err := conn.Recv(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 11058, f.GetAnswer().GetCode())
	_ = conn.Close()
}

// failing is storage that refuses some commits.
type failing struct {
	persistence.Journal
	after atomic.Int64 // so many more are stored; negative: all
}

var errFailing = errors.New("storage fails")

func (j *failing) Commit(ctx context.Context, batch []*persistence.Append) error {
	if j.after.Load() >= 0 && j.after.Add(-1) < 0 {
		j.after.Store(0)
		return errFailing
	}
	return j.Journal.Commit(ctx, batch)
}

// Wherever storage fails, the work goes on from there when it works again.
func TestDeletionMeetsFailingStorage(t *testing.T) {
	t.Parallel()
	for commits := range int64(12) {
		m := memory.New()
		j := &failing{Journal: m}
		j.after.Store(-1)
		w := newWorldWith(t, server.Options{Journal: j, Epoch: m.Epoch()})
		root, ann, bob := w.device("root", ""), w.device("ann", ""), w.device("bob", "")
		for _, g := range []string{"a", "b", "c"} {
			bob.create(troupev1.Kind_KIND_MEETING, g, "ann")
			bob.ok(text(g, "hi"))
		}
		bob.create(troupev1.Kind_KIND_LIVESTREAM, "room")
		forget(w.peers...)
		w.peers = []*peer{root, ann}
		j.after.Store(commits)
		a := root.do(&troupev1.DeleteUser{UserId: "bob", EraseMessages: true})
		w.settle()
		j.after.Store(-1)
		if commits == 0 {
			require.EqualValues(t, 11033, a.GetCode(), "not in force")
			bob.ok(text("a", "still here"))
			root.deletes("bob", true)
		} else {
			require.Zero(t, a.GetCode())
			w.refused(11058, &troupev1.Login{UserId: "bob"})
		}
		bob.sentAway(4503)
		w.advance(time.Minute)
		w.advance(time.Minute)
		w.comes("the end of the deletion", func() (done bool) {
			require.NoError(t, m.View(func(tx persistence.Tx) error {
				d, _, err := persistence.NewestDeletion(tx, "bob")
				done = d.Done
				return err
			}))
			return done
		})
		for _, g := range []string{"a", "b", "c"} {
			require.NotEmpty(t, leftAs(t, ann.history(g), "ann"), "%s, %d commits", g, commits)
			require.Equal(t, []string{"ann"}, ann.roster(g))
		}
		require.Empty(t, root.profile("room").GetOwnerId())
		leavesNoRow(t, m, "bob")
	}
}

// A group that cannot be read keeps the user until it can be; nothing else
// waits for it.
func TestDeletionPassesABrokenGroup(t *testing.T) {
	t.Parallel()
	m := memory.New()
	w := newWorldWith(t, server.Options{Journal: m, Epoch: m.Epoch()})
	w.known("ann")
	bob := w.device("bob", "")
	names := []string{"a", "b", "c"}
	for _, g := range names {
		bob.create(troupev1.Kind_KIND_MEETING, g, "ann")
	}
	var whole []byte
	put := func(value []byte) {
		t.Helper()
		a := &persistence.Append{Rows: []persistence.RowOp{
			{Op: persistence.OpPut, Table: persistence.TableGroups, Key: persistence.GroupKey("b"), Value: value}}}
		require.NoError(t, m.Commit(t.Context(), []*persistence.Append{a}))
	}
	require.NoError(t, m.View(func(tx persistence.Tx) error {
		whole = tx.Get(persistence.TableGroups, persistence.GroupKey("b"))
		return nil
	}))
	put([]byte("?"))
	w.restart()
	root, ann := w.device("root", ""), w.device("ann", "")
	root.deletes("bob", false)
	w.settle()
	left := func() (in []string) {
		t.Helper()
		for _, g := range names {
			if leftAs(t, ann.history(g), "ann") == "" {
				in = append(in, g)
			}
		}
		return in
	}
	var rows []string
	require.NoError(t, m.View(func(tx persistence.Tx) error {
		return persistence.Memberships(tx, "bob", func(row *persistence.MemberRow) bool {
			rows = append(rows, string(row.Group))
			return true
		})
	}))
	require.Equal(t, []string{"b"}, rows, "what leads there stays, and nothing else")
	put(whole)
	require.Equal(t, []string{"b"}, left())
	w.advance(20 * time.Second)
	w.advance(2 * time.Second)
	w.comes("who left b", func() bool { return len(left()) == 0 })
	leavesNoRow(t, m, "bob")
}
