package e2e

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/memory"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// counting is a journal that counts what is written.
type counting struct {
	persistence.Journal
	// entries and rows are those of all commits.
	entries, rows atomic.Int64
}

// Commit implements persistence.Journal.
func (j *counting) Commit(ctx context.Context, batch []*persistence.Append) error {
	for _, a := range batch {
		j.entries.Add(int64(len(a.Entries)))
		j.rows.Add(int64(len(a.Rows)))
	}
	return j.Journal.Commit(ctx, batch)
}

// register stores users as if they had logged in once.
func register(t *testing.T, j persistence.Journal, users ...*persistence.UserRow) {
	t.Helper()
	a := &persistence.Append{}
	for _, u := range users {
		a.Rows = append(a.Rows, persistence.UserOp(u))
	}
	require.NoError(t, j.Commit(t.Context(), []*persistence.Append{a}))
	require.NoError(t, a.Err)
}

// inboxFrom attaches the inbox from a number on, and hears what it lacks.
func (p *peer) inboxFrom(last uint64, epoch string) []*troupev1.SystemNotice {
	p.t.Helper()
	in := p.ok(&troupev1.Attach{Inbox: &troupev1.InboxFrom{LastSeq: proto.Uint64(last), Epoch: epoch}}).GetAttach().GetInbox()
	require.Zero(p.t, in.GetCode())
	require.Nil(p.t, in.GetGap())
	list := p.hear().notices
	require.EqualValues(p.t, last+uint64(len(list))+1, in.GetNextSeq())
	return list
}

func (p *peer) inboxEpoch() string {
	p.t.Helper()
	return p.ok(&troupev1.Attach{Inbox: &troupev1.InboxFrom{}}).GetAttach().GetInbox().GetEpoch()
}

// sameNotices asserts that two lists are equal in every field.
func sameNotices(t *testing.T, want, got []*troupev1.SystemNotice) {
	t.Helper()
	require.Len(t, got, len(want))
	for i := range want {
		require.True(t, proto.Equal(want[i], got[i]), "%d:\n%v\n%v", i, want[i], got[i])
	}
}

func noticeSeqs(list []*troupev1.SystemNotice) []uint64 {
	var out []uint64
	for _, n := range list {
		out = append(out, n.GetSeq())
	}
	return out
}

func TestGroupNotices(t *testing.T) {
	t.Parallel()
	toAll := func(g, s string) *troupev1.SendCustomNotice {
		return &troupev1.SendCustomNotice{GroupId: g, Content: []byte(s)}
	}

	t.Run("X-106", func(t *testing.T) {
		const members = 2000
		j := &counting{Journal: memory.New()}
		var rows []*persistence.UserRow
		var names []string
		for i := range members {
			names = append(names, fmt.Sprint("u", i))
			rows = append(rows, &persistence.UserRow{User: group.UserID(names[i])})
		}
		register(t, j, rows...)
		w := newWorldWith(t, server.Options{Journal: j, Epoch: j.Epoch()})
		p := w.users("alice", "root", "u0", "out")
		alice, root, online, out := p[0], p[1], p[2], p[3]
		alice.create(troupev1.Kind_KIND_WORK, "g")
		for some := range slices.Chunk(names, 300) {
			alice.ok(&troupev1.InviteMembers{GroupId: "g", UserIds: some})
		}
		require.EqualValues(t, members+1, alice.profile("g").GetMemberCount())
		forget(p...)
		before, entries := j.rows.Load(), j.entries.Load()
		require.EqualValues(t, members+1, root.ok(toAll("g", "to thousands")).GetSendCustomNotice().GetReceivers())
		w.settle()
		require.Less(t, j.rows.Load()-before+j.entries.Load()-entries, int64(10), "rows follow who is online, not who is a member")
		for _, q := range []*peer{alice, online} {
			require.Equal(t, "to thousands", string(first(t, q.hear().exactly(counts{notices: 1}).notices).GetContent()))
		}
		epoch := alice.inboxEpoch()
		for _, u := range []string{"u1", "u1000", "u1999"} {
			q := w.login(u, "")
			list := q.inboxFrom(1, epoch)
			require.Len(t, list, 1)
			require.EqualValues(t, 2, list[0].GetSeq(), "after the invitation")
			require.Equal(t, "to thousands", string(list[0].GetContent()))
			require.EqualValues(t, 255, list[0].GetNoticeType())
		}
		silent(out)
	})

	t.Run("X-107", func(t *testing.T) {
		w := newWorld(t)
		w.known("bob")
		p := w.users("alice", "root", "out")
		alice, root := p[0], p[1]
		for _, g := range []string{"g", "h"} {
			alice.create(troupev1.Kind_KIND_WORK, g)
			alice.ok(&troupev1.InviteMembers{GroupId: g, UserIds: []string{"bob"}})
		}
		want := []string{"", ""}
		for i, g := range []string{"h", "g", "h"} {
			w.advance(time.Second)
			root.ok(toAll(g, fmt.Sprint("to all ", i)))
			want = append(want, fmt.Sprint("to all ", i))
		}
		epoch := alice.inboxEpoch()
		one := w.login("bob", "one")
		list := one.inboxFrom(0, epoch)
		require.Equal(t, upTo(1, 5), noticeSeqs(list))
		for i, n := range list {
			require.Equal(t, want[i], string(n.GetContent()))
		}
		two := w.login("bob", "two")
		sameNotices(t, list, two.inboxFrom(0, epoch))

		root.ok(toAll("g", "online"))
		root.ok(&troupev1.SendCustomNotice{GroupId: "g", Content: []byte("private"), ToUserIds: []string{"bob"}})
		w.settle()
		pushed := one.hear().exactly(counts{notices: 2}).notices
		sameNotices(t, pushed, two.hear().exactly(counts{notices: 2}).notices)
		require.ElementsMatch(t, []uint64{6, 7}, noticeSeqs(pushed))
		list = append(list, pushed...)
		check := func() {
			t.Helper()
			for _, device := range []string{"one", "two", "three"} {
				q := w.login("bob", device)
				sameNotices(t, list, q.inboxFrom(0, epoch))
				newestFirst := slices.Clone(list)
				slices.Reverse(newestFirst)
				sameNotices(t, newestFirst, q.inbox())
				sameNotices(t, list[4:], q.inboxFrom(4, epoch))
			}
		}
		check()
		w.restart()
		check()
		root = w.device("root", "")
		root.ok(toAll("h", "after the restart"))
		w.settle()
		bob := w.login("bob", "one")
		more := bob.inboxFrom(7, epoch)
		require.Equal(t, []uint64{8}, noticeSeqs(more))
		require.Equal(t, "after the restart", string(more[0].GetContent()))
		list = append(list, more...)
		check()
		require.Len(t, w.inboxOf("alice"), 2+5, "the creator of both, five times to all")
		require.Empty(t, w.inboxOf("out"))
	})

	t.Run("X-108", func(t *testing.T) {
		w := newWorld(t)
		w.known("left", "kicked", "stayed", "late")
		p := w.users("alice", "root", "out")
		alice, root := p[0], p[1]
		alice.create(troupev1.Kind_KIND_CUSTOM, "g", "left", "kicked", "stayed")
		root.ok(toAll("g", "to those of now"))
		late := w.login("late", "")
		late.ok(&troupev1.JoinGroup{GroupId: "g"})
		w.login("left", "").ok(&troupev1.LeaveGroup{GroupId: "g"})
		alice.ok(&troupev1.KickMembers{GroupId: "g", UserIds: []string{"kicked"}})
		types := func(user string) []uint32 {
			var out []uint32
			for _, n := range slices.Backward(w.inboxOf(user)) {
				out = append(out, n.GetNoticeType())
				if n.GetNoticeType() == 255 {
					require.Equal(t, "to those of now", string(n.GetContent()))
				}
			}
			return out
		}
		require.Equal(t, []uint32{255, 8}, types("left"), "it left before it read")
		require.Equal(t, []uint32{255, 4}, types("kicked"))
		require.Empty(t, types("late"))
		require.Empty(t, types("out"))
		alice.ok(&troupev1.DismissGroup{GroupId: "g"})
		require.Equal(t, []uint32{255, 5}, types("stayed"), "it outlives the group")
		require.Equal(t, []uint32{5}, types("late"))
		require.Equal(t, []uint32{255, 8}, types("left"), "and nothing comes later")
	})
}
