package persistence_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// sent is what unread subtracts for a member.
func (w *world) sent(u group.UserID, s group.StreamID) (n int) {
	w.Helper()
	row, ok := w.member(u, s)
	require.True(w, ok)
	w.view(func(tx persistence.Tx) { n = int(persistence.SentCount(tx, &row, u)) })
	return n
}

func TestOwnMessagesAreCounted(t *testing.T) {
	w := newWorld(t)
	w.create("club", 5, group.Public, "bob", "cid")
	w.create("den", 6, group.Public, "bob")
	// Numbers are given to the tips of creation as well, and tallies come round
	// twice: after each message all counts hold.
	want := map[group.UserID]int{}
	for i := range 2*persistence.TallyEvery + 5 {
		u := []group.UserID{"ann", "bob", "bob"}[i%3]
		w.say("club", u, "hello")
		want[u]++
		for _, u := range []group.UserID{"ann", "bob", "cid"} {
			require.Equal(t, want[u], w.sent(u, 5), "message %d", i)
		}
	}
	require.Zero(t, w.sent("bob", 6))
}

func TestOnlyTheLatestMembershipCounts(t *testing.T) {
	w := newWorld(t)
	w.createWith(group.Create{Group: "club", Stream: 5, Kind: group.Custom, Name: "club"}, "bob")
	say := func(u group.UserID, upTo group.Seq) {
		for m := w.groups["club"]; m.Seq() < upTo; {
			w.say("club", u, "hello")
		}
	}
	again := func() {
		w.do("club", "bob", group.Leave{})
		w.do("club", "bob", group.Join{})
		require.Zero(t, w.sent("bob", 5))
	}
	// Those of an earlier membership are in the counter, or not yet.
	say("bob", persistence.TallyEvery+3)
	again()
	joined := w.groups["club"].Seq()
	say("bob", 2*persistence.TallyEvery-1)
	now := 2*persistence.TallyEvery - 1 - int(joined)
	require.Equal(t, now, w.sent("bob", 5))
	say("ann", 2*persistence.TallyEvery+1)
	require.Equal(t, now, w.sent("bob", 5))
	// Who has left and speaks as somebody else counts nowhere.
	again()
	w.by("club", group.Caller{User: "cid", AppAdmin: true}, group.Send{Elements: []group.Element{{Type: group.ElementText, Text: "x"}}})
	w.do("club", "cid", group.Join{})
	say("ann", 3*persistence.TallyEvery+1)
	require.Zero(t, w.sent("cid", 5))
	require.Zero(t, w.sent("bob", 5))
}

func TestTrimmedMessagesAreCounted(t *testing.T) {
	w := newWorld(t)
	w.create("club", 5, group.Public, "bob")
	for range 7 {
		w.say("club", "bob", "old")
	}
	w.snapshot("club")
	w.now += 31 * day
	w.sweep(10)
	w.view(func(tx persistence.Tx) {
		require.NoError(t, tx.Range(5, 1, ^group.Seq(0), false, func(persistence.Entry) bool {
			t.Error("an old message is still there")
			return true
		}))
	})
	require.Equal(t, 7, w.sent("bob", 5))
	for m := w.groups["club"]; m.Seq() <= persistence.TallyEvery; {
		w.say("club", "bob", "young")
	}
	require.Equal(t, int(w.groups["club"].Ordinal()), w.sent("bob", 5))
}

// An entry that cannot be read counts for nobody and keeps nothing from being
// stored.
func TestTallyPassesBrokenEntries(t *testing.T) {
	w := newWorld(t)
	w.create("club", 5, group.Public, "bob")
	w.say("club", "bob", "hello")
	m := w.groups["club"]
	a := &persistence.Append{
		Stream: 5, After: m.Position(),
		Entries: []persistence.Entry{{Position: m.Position() + 1, Seq: m.Seq() + 1, Data: []byte("?")}},
		Rows:    []persistence.RowOp{{Op: persistence.OpTally, Key: persistence.StreamKey(5), Delta: int64(m.Seq() + 1)}},
	}
	require.NoError(t, w.j.Commit(t.Context(), []*persistence.Append{a}))
	require.NoError(t, a.Err)
	require.Equal(t, 1, w.sent("bob", 5))
}
