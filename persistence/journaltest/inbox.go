package journaltest

import (
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

func notice(remark string, at group.Millis) *group.Notice {
	return &group.Notice{Type: group.NoticeCustom, Remark: remark, Time: at}
}

// inbox gives number and remark of all entries.
func (b *bench) inbox(u group.UserID) map[uint64]string {
	b.Helper()
	got := map[uint64]string{}
	b.view(func(tx persistence.Tx) {
		list, err := persistence.Inbox(tx, u, 0, 0, false)
		require.NoError(b, err)
		for _, e := range list {
			got[e.Seq] = e.Notice.Remark
		}
	})
	return got
}

func inboxTests() []test {
	return []test{
		{"numbers rise per user", func(b *bench) {
			given := b.rows(append(persistence.NoticeOps("g", notice("one", 1), []group.UserID{"ann", "bob"}),
				persistence.NoticeOps("g", notice("two", 2), []group.UserID{"ann"})...)...)
			require.Len(b, given, 3)
			require.Equal(b, []uint64{1, 1, 2}, []uint64{given[0][0].N, given[1][0].N, given[2][0].N})
			require.Equal(b, map[uint64]string{1: "one", 2: "two"}, b.inbox("ann"))
			require.Equal(b, map[uint64]string{1: "one"}, b.inbox("bob"))
			entry, err := persistence.DecodeInboxEntry(given[2][0].N, given[2][0].Data)
			require.NoError(b, err)
			require.Equal(b, "two", entry.Notice.Remark)
		}},
		{"other ops give no numbers", func(b *bench) {
			given := b.rows(put(users, "k", ""), persistence.NoticeOps("g", notice("n", 1), []group.UserID{"ann"})[0])
			require.Len(b, given, 2)
			require.Nil(b, given[0])
		}},
		{"the cap drops the oldest", func(b *bench) {
			op := persistence.NoticeOps("g", notice("n", 1), []group.UserID{"ann"})[0]
			op.Cap = 3
			for range 5 {
				b.rows(op)
			}
			require.Equal(b, map[uint64]string{3: "n", 4: "n", 5: "n"}, b.inbox("ann"))
			op.Cap = 1
			b.rows(op)
			require.Equal(b, map[uint64]string{6: "n"}, b.inbox("ann"))
		}},
		{"a number is not given twice", func(b *bench) {
			op := persistence.NoticeOps("g", notice("n", 1), []group.UserID{"ann"})[0]
			b.rows(op)
			b.rows(persistence.RowOp{Op: persistence.OpDelete, Table: persistence.TableInbox, Key: persistence.UserNumberKey("ann", 1)})
			require.Empty(b, b.inbox("ann"))
			require.Equal(b, uint64(2), b.rows(op)[0][0].N)
			b.view(func(tx persistence.Tx) {
				newest, oldest := persistence.InboxHead(tx, "ann")
				require.Equal(b, []uint64{2, 2}, []uint64{newest, oldest})
			})
		}},
		{"reading from a number", func(b *bench) {
			for _, remark := range []string{"a", "b", "c", "d"} {
				b.rows(persistence.NoticeOps("g", notice(remark, 1), []group.UserID{"ann"})...)
			}
			b.view(func(tx persistence.Tx) {
				up, err := persistence.Inbox(tx, "ann", 2, 2, false)
				require.NoError(b, err)
				down, err := persistence.Inbox(tx, "ann", 3, 2, true)
				require.NoError(b, err)
				require.Equal(b, []string{"b", "c"}, []string{up[0].Notice.Remark, up[1].Notice.Remark})
				require.Equal(b, []string{"c", "b"}, []string{down[0].Notice.Remark, down[1].Notice.Remark})
			})
		}},
		{"notices to everybody are placed once, by time", placing},
		{"placing one group leaves the others", placingOne},
	}
}

// membership is a member's row of a group, joined at a position.
func membership(u group.UserID, s group.StreamID, g group.ID, joined group.Position) persistence.RowOp {
	row := persistence.MemberRow{Stream: s, Group: g, Kind: group.Public, Role: group.Member, JoinPosition: joined}
	return persistence.RowOp{
		Op: persistence.OpPut, Table: persistence.TableMembers,
		Key: persistence.UserStreamKey(u, s), Value: persistence.EncodeMemberRow(&row),
	}
}

func toAll(s group.StreamID, g group.ID, at group.Position, n *group.Notice) persistence.RowOp {
	return persistence.RowOp{
		Op: persistence.OpPut, Table: persistence.TableNotices, Key: persistence.StreamNumberKey(s, uint64(at)),
		Value: persistence.EncodeGroupNotice(&persistence.GroupNotice{Group: g, Position: at, Notice: *n}),
	}
}

func placing(b *bench) {
	const now = 2 * persistence.NoticeLife
	b.rows(
		membership("ann", streamA, "a", 5), membership("ann", streamB, "b", 1), membership("bob", streamB, "b", 9),
		toAll(streamA, "a", 4, notice("before joining", now-50)),
		toAll(streamA, "a", 6, notice("third", now-10)),
		toAll(streamA, "a", 7, notice("too old", now-persistence.NoticeLife)),
		toAll(streamB, "b", 3, notice("first", now-30)),
		toAll(streamB, "b", 4, notice("fourth", now-10)),
		toAll(streamA, "a", 8, notice("second", now-20)),
		toAll(streamC, "c", 2, notice("of strangers", now-20)),
	)
	b.view(func(tx persistence.Tx) {
		due, err := persistence.HasDueNotices(tx, "ann", now)
		require.NoError(b, err)
		require.True(b, due)
	})
	given := b.rows(persistence.PlaceOp("ann", now))
	require.Len(b, given[0], 4)
	require.Equal(b, map[uint64]string{1: "first", 2: "second", 3: "third", 4: "fourth"}, b.inbox("ann"))
	require.Empty(b, b.rows(persistence.PlaceOp("ann", now)), "not twice")
	b.rows(toAll(streamB, "b", 10, notice("later", now)))
	require.Len(b, b.rows(persistence.PlaceOp("bob", now))[0], 1, "only what came after joining")
	require.Equal(b, "later", b.inbox("bob")[1])
	b.rows(persistence.PlaceOp("ann", now))
	require.Equal(b, "later", b.inbox("ann")[5])
}

func placingOne(b *bench) {
	b.rows(
		membership("ann", streamA, "a", 1), membership("ann", streamB, "b", 1),
		toAll(streamA, "a", 2, notice("here", 10)), toAll(streamB, "b", 2, notice("there", 5)),
	)
	b.rows(persistence.PlaceOneOp("ann", streamA, 20))
	require.Equal(b, map[uint64]string{1: "here"}, b.inbox("ann"))
	b.rows(persistence.PlaceOneOp("ann", streamC, 20), persistence.PlaceOp("ann", 20))
	require.Equal(b, map[uint64]string{1: "here", 2: "there"}, b.inbox("ann"))
}
