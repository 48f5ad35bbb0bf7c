package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// attachFrom attaches one group from a number on.
func (p *peer) attachFrom(group string, last uint64, epoch string) *troupev1.StreamState {
	p.t.Helper()
	from := &troupev1.GroupFrom{GroupId: group}
	if epoch != "" {
		from.LastSeq, from.Epoch = proto.Uint64(last), epoch
	}
	a := p.ok(&troupev1.Attach{Groups: []*troupev1.GroupFrom{from}})
	require.Len(p.t, a.GetAttach().GetGroups(), 1)
	return a.GetAttach().GetGroups()[0]
}

func seqs(list []*troupev1.Message) []uint64 {
	var s []uint64
	for _, m := range list {
		s = append(s, m.GetSeq())
	}
	return s
}

func upTo(from, to uint64) []uint64 {
	var s []uint64
	for n := from; n <= to; n++ {
		s = append(s, n)
	}
	return s
}

// What was missed comes in order, then what is new; nothing twice (spec 18.3).
func TestAttachResumes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.device("alice", "")
	w.known("bob")
	g := alice.create(troupev1.Kind_KIND_CUSTOM, "", "bob")
	epoch := alice.attachFrom(g, 1, "").GetEpoch()
	require.NotEmpty(t, epoch)
	for i := range 20 {
		alice.ok(text(g, fmt.Sprint("m", i)))
	}
	bob := w.login("bob", "b1")
	state := bob.attachFrom(g, 5, epoch)
	require.EqualValues(t, 22, state.GetNextSeq())
	require.Nil(t, state.GetGap())
	w.advance(2 * time.Second)
	alice.ok(text(g, "live"))
	h := bob.hear().exactly(counts{messages: 17})
	require.Equal(t, upTo(6, 22), seqs(h.messages))
}

func TestAttachNamesGaps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.device("alice", "")
	w.known("bob", "carol")
	g := alice.create(troupev1.Kind_KIND_CUSTOM, "", "bob")
	epoch := alice.attachFrom(g, 1, "").GetEpoch()
	for i := range 210 {
		if i%10 == 0 {
			w.advance(2 * time.Second)
		}
		alice.ok(text(g, fmt.Sprint("m", i)))
	}
	bob := w.login("bob", "b1")
	t.Run("too many", func(t *testing.T) {
		s := bob.attachFrom(g, 5, epoch)
		require.EqualValues(t, 6, s.GetGap().GetFrom())
		require.EqualValues(t, 211, s.GetGap().GetTo())
		require.False(t, s.GetGap().GetReset_())
		silent(bob)
	})
	t.Run("other epoch", func(t *testing.T) {
		s := bob.attachFrom(g, 5, "elsewhere")
		require.True(t, s.GetGap().GetReset_())
		silent(bob)
	})
	t.Run("number not given yet", func(t *testing.T) {
		require.True(t, bob.attachFrom(g, 5000, epoch).GetGap().GetReset_())
		silent(bob)
	})
	t.Run("not a member", func(t *testing.T) {
		carol := w.login("carol", "")
		s := carol.attachFrom(g, 1, epoch)
		require.EqualValues(t, 11004, s.GetCode())
		alice.ok(text(g, "not for carol"))
		silent(carol)
	})
	t.Run("no such group", func(t *testing.T) {
		require.EqualValues(t, 10010, bob.attachFrom("nowhere", 1, epoch).GetCode())
	})
}

// A former member is told up to where history can be read.
func TestAttachAfterLeaving(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.users("alice", "bob")
	alice, bob := p[0], p[1]
	g := alice.create(troupev1.Kind_KIND_CUSTOM, "", "bob")
	bob.ok(&troupev1.LeaveGroup{GroupId: g})
	forget(p...)
	s := bob.attachFrom(g, 1, "")
	require.EqualValues(t, 11004, s.GetCode())
	require.EqualValues(t, 2, s.GetLeftSeq())
	alice.ok(text(g, "later"))
	silent(bob)
	h := bob.ok(&troupev1.GetGroupHistory{GroupId: g}).GetGetGroupHistory()
	require.Equal(t, []uint64{1, 2}, seqs(h.GetMessages()))
}

// Groups, members, messages and notices are there after a restart, and
// numbering goes on in the same epoch.
func TestRestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.device("alice", "")
	w.known("bob")
	g := alice.create(troupev1.Kind_KIND_PUBLIC, "town", "bob")
	epoch := alice.attachFrom(g, 1, "").GetEpoch()
	alice.ok(text(g, "one"))
	w.restart()
	alice = w.device("alice", "")
	bob := w.login("bob", "")
	s := bob.attachFrom(g, 1, epoch)
	require.Equal(t, epoch, s.GetEpoch())
	alice.ok(text(g, "two"))
	h := bob.hear().exactly(counts{messages: 2})
	require.Equal(t, []uint64{2, 3}, seqs(h.messages))
	members := alice.ok(&troupev1.ListMembers{GroupId: g}).GetListMembers()
	require.Len(t, members.GetMembers(), 2)
	notices := alice.ok(&troupev1.ListSystemNotices{}).GetListSystemNotices().GetNotices()
	require.Len(t, notices, 1)
	require.EqualValues(t, 6, notices[0].GetNoticeType())
}

// A server that is started within the same millisecond, or whose clock went
// back, makes new groups as ever.
func TestRestartAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for life, groups := range [][]string{{"a", "b"}, {"c", "d"}, {"e", "f"}} {
		alice := w.device("alice", "")
		for _, g := range groups {
			alice.create(troupev1.Kind_KIND_CUSTOM, g)
			require.EqualValues(t, 1, alice.ok(text(g, "first")).GetSendMessage().GetSeq())
		}
		w.clock.Advance(-time.Duration(life) * time.Hour)
		w.restart()
	}
}

// The inbox resumes as groups do.
func TestInboxResumes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.device("alice", "")
	w.known("bob")
	first := w.login("bob", "b")
	epoch := first.ok(&troupev1.Attach{Inbox: &troupev1.InboxFrom{}}).GetAttach().GetInbox().GetEpoch()
	first.cut()
	for i := range 5 {
		g := alice.create(troupev1.Kind_KIND_WORK, "")
		alice.ok(&troupev1.InviteMembers{GroupId: g, UserIds: []string{"bob"}})
		_ = i
	}
	bob := w.login("bob", "b")
	in := bob.ok(&troupev1.Attach{Inbox: &troupev1.InboxFrom{LastSeq: proto.Uint64(2), Epoch: epoch}}).GetAttach().GetInbox()
	require.EqualValues(t, 6, in.GetNextSeq())
	h := bob.hear().exactly(counts{notices: 3})
	for i, n := range h.notices {
		require.EqualValues(t, 7, n.GetNoticeType())
		require.EqualValues(t, 3+i, n.GetSeq())
	}
}

// A repeated request gets its first answer again, and nothing happens twice;
// also across a restart (spec 18.5).
func TestRepeatedRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.users("alice", "bob")
	alice, bob := p[0], p[1]
	g := alice.create(troupev1.Kind_KIND_CUSTOM, "", "bob")
	send := request(text(g, "once"))
	first := alice.send(send).GetSendMessage()
	bob.hear().exactly(counts{messages: 1})
	again := alice.send(send).GetSendMessage()
	require.Equal(t, first.GetSeq(), again.GetSeq())
	require.Equal(t, first.GetTime(), again.GetTime())
	silent(bob)
	kick := request(&troupev1.KickMembers{GroupId: g, UserIds: []string{"bob", "nobody"}})
	k1 := alice.send(kick).GetKickMembers()
	forget(p...)
	w.restart()
	alice = w.device("alice", "")
	require.Equal(t, first.GetSeq(), alice.send(send).GetSendMessage().GetSeq())
	k2 := alice.send(kick).GetKickMembers()
	require.True(t, proto.Equal(&troupev1.UsersResult{Users: k1.GetUsers()}, &troupev1.UsersResult{Users: k2.GetUsers()}))
	create := request(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_CUSTOM, Name: "n"})
	c1 := alice.send(create).GetCreateGroup().GetGroup().GetGroupId()
	c2 := alice.send(create).GetCreateGroup().GetGroup().GetGroupId()
	require.Equal(t, c1, c2)
}
