package persistence_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// keysOf lists in which tables a key, or a stream's key in a value, names a user.
func (w *world) keysOf(u group.UserID) (tables []persistence.Table) {
	w.Helper()
	w.view(func(tx persistence.Tx) {
		for t := persistence.TableGroups; t <= persistence.LastTable; t++ {
			tx.Scan(t, nil, nil, false, func(key, _ []byte) bool {
				if bytes.Contains(key, []byte(u)) {
					tables = append(tables, t)
					return false
				}
				return true
			})
		}
	})
	return tables
}

// forget does what the runtime does, but for a group that fails.
func (w *world) forget(u group.UserID, limit int, but group.ID) (visited []group.ID) {
	w.Helper()
	var at persistence.TieCursor
	for {
		var ties []persistence.Tie
		w.view(func(tx persistence.Tx) {
			var err error
			ties, at, err = persistence.TiesOf(tx, u, at, limit)
			require.NoError(w, err)
		})
		if len(ties) == 0 {
			break
		}
		for _, tie := range ties {
			require.LessOrEqual(w, len(ties), limit)
			if tie.Group == but {
				continue
			}
			visited = append(visited, tie.Group)
			w.by(tie.Group, group.Caller{System: true}, group.Leave{User: u, Reason: group.LeaveAccountDeleted})
			w.rows(tie.Forget...)
		}
	}
	for {
		var ops []persistence.RowOp
		w.view(func(tx persistence.Tx) { ops = persistence.ForgetUserOps(tx, u, uint32(limit)) })
		if len(ops) == 0 {
			return visited
		}
		w.rows(ops...)
	}
}

// tablesOfUsers have users in their keys, and rows of a deleted one are erased.
var tablesOfUsers = []persistence.Table{
	persistence.TableMembers, persistence.TableUsers, persistence.TableCounts, persistence.TableInbox,
	persistence.TableInboxHead, persistence.TablePlaced, persistence.TableApplicationsOf, persistence.TableReadMarks,
	persistence.TableSent,
}

func TestForgetLeavesNothing(t *testing.T) {
	for _, limit := range []int{1, 2, 100} {
		w := newWorld(t)
		w.rows(persistence.UserOp(&persistence.UserRow{User: "bob", Name: "Bob"}))
		w.create("in", 1, group.Public, "bob")
		w.create("was", 2, group.Meeting, "bob")
		w.do("was", "bob", group.Leave{})
		w.createWith(group.Create{Group: "asked", Stream: 3, Kind: group.Custom, JoinOption: group.AdminApproval}, "cid")
		w.do("asked", "bob", group.Join{Message: "please"})
		w.create("asking", 4, group.Public)
		w.do("asking", "bob", group.Join{})
		w.createWith(group.Create{Group: "invites", Stream: 5, Kind: group.Custom, InviteeConsent: group.ConsentRequired}, "bob")
		w.do("invites", "bob", group.Invite{Users: []group.UserID{"eve", "dan"}})
		w.do("invites", "ann", group.Invite{Users: []group.UserID{"eve"}})
		for range persistence.TallyEvery {
			w.say("in", "bob", "hi") // some are counted, some not yet
		}
		for range 3 {
			w.say("in", "bob", "hi")
			w.admin("in", group.SendNotice{Content: []byte("to all")})
			w.rows(persistence.PlaceOp("bob", w.now))
			w.admin("in", group.SendNotice{Content: []byte("to one"), To: []group.UserID{"bob"}})
		}
		w.rows(persistence.MarkReadOp("bob", persistence.MarkApplications, persistence.ReadMark{At: w.now}))
		w.rows(persistence.RowOp{Op: persistence.OpPut, Table: persistence.TableReadMarks, Key: persistence.DeletedKey("bob", 100), Value: persistence.StreamKey(3)})
		require.Equal(t, tablesOfUsers, w.keysOf("bob"), "the test has rows of every sort")

		for i, but := range []group.ID{"in", "asked", ""} {
			visited := w.forget("bob", limit, but)
			switch i {
			case 0:
				require.Subset(t, visited, []group.ID{"was", "asked", "asking", "invites"})
				require.Equal(t, []persistence.Table{persistence.TableMembers, persistence.TableSent}, w.keysOf("bob"))
			default:
				require.Subset(t, []group.ID{"in"}, visited)
				require.Empty(t, w.keysOf("bob"))
			}
		}
		w.view(func(tx persistence.Tx) {
			page, err := persistence.ListApplications(tx, &persistence.ListApplicationsQuery{User: "eve", Count: 9, Now: w.now})
			require.NoError(t, err)
			require.Len(t, page.Records, 1, "records of others stay")
			require.Equal(t, group.UserID("ann"), page.Records[0].Inviter)
			page, err = persistence.ListApplications(tx, &persistence.ListApplicationsQuery{User: "dan", Count: 9, Now: w.now})
			require.NoError(t, err)
			require.Empty(t, page.Records)
		})
		require.Contains(t, w.inbox("ann"), group.NoticeJoinRequest, "what others were told stays")
	}
}

// TestEveryTableIsSpokenOf: a table that is added holds nothing of a user, or is
// among what is erased.
func TestEveryTableIsSpokenOf(t *testing.T) {
	others := map[persistence.Table]string{
		persistence.TableGroups:       "groups",
		persistence.TableProfiles:     "groups; an owner or admin who is deleted has left",
		persistence.TableNotices:      "groups",
		persistence.TableApplications: "groups; records of the user go with TableApplicationsOf",
		persistence.TableTimers:       "groups",
		persistence.TableTimerOf:      "groups",
		persistence.TableMeta:         "the server",
		persistence.TableAudit:        "stays for its 180 days",
		persistence.TableBans:         "stays: not the user's, but what was decided about the id",
		persistence.TableRevocations:  "stays likewise",
		persistence.TableDeletions:    "stays for ever",
		persistence.TableErased:       "groups",
	}
	for table := persistence.TableGroups; table <= persistence.LastTable; table++ {
		_, other := others[table]
		require.NotEqual(t, other, slices.Contains(tablesOfUsers, table), "table %d", table)
	}
}

func TestDeletionClosesTheAccount(t *testing.T) {
	w := newWorld(t)
	first := persistence.Deletion{User: "bob", At: w.now, Until: w.now + persistence.DeletedFor, ShownAs: "@DELETED#0123456789", Request: 7}
	second := first
	second.At, second.Until, second.ShownAs, second.EraseMessages = first.Until+1, first.Until+2, "@DELETED#9876543210", true
	for _, u := range []group.UserID{"bo", "bob", "bobby"} {
		w.rows(persistence.UserOp(&persistence.UserRow{User: u}))
	}
	other := first
	other.User = "bobby"
	w.rows(persistence.DeletionOps(&first)...)
	first.Done = true
	w.rows(persistence.PutDeletionOp(&first))
	w.rows(append(persistence.DeletionOps(&second), persistence.DeletionOps(&other)...)...)
	w.view(func(tx persistence.Tx) {
		_, known, err := persistence.ReadUser(tx, "bob")
		require.NoError(t, err)
		require.False(t, known)
		var all []persistence.Deletion
		require.NoError(t, persistence.Deletions(tx, func(d *persistence.Deletion) { all = append(all, *d) }))
		require.Equal(t, []persistence.Deletion{first, second, other}, all)
		newest, ok, err := persistence.NewestDeletion(tx, "bob")
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, second, newest)
		_, ok, err = persistence.NewestDeletion(tx, "bo")
		require.NoError(t, err)
		require.False(t, ok)
	})
}

func TestStandingInLivestreams(t *testing.T) {
	w := newWorld(t)
	for s := group.StreamID(1); s <= 6; s++ {
		kind := group.Livestream
		if s == 2 {
			kind = group.Meeting
		}
		w.create(group.ID(rune('0'+s)), s, kind)
	}
	w.do("3", "bob", group.Join{})
	w.do("3", "ann", group.SetRole{User: "bob", Role: group.Admin})
	w.do("6", "ann", group.Dismiss{})
	standing := func(u group.UserID, limit int) (ids []group.ID) {
		for from := group.StreamID(0); ; {
			var part []group.ID
			w.view(func(tx persistence.Tx) {
				var err error
				part, from, err = persistence.StandingIn(tx, u, from, limit)
				require.NoError(t, err)
			})
			if ids = append(ids, part...); from == 0 {
				return ids
			}
		}
	}
	for _, limit := range []int{1, 2, 6, 99} {
		require.Equal(t, []group.ID{"3"}, standing("bob", limit))
		require.Equal(t, []group.ID{"1", "3", "4", "5"}, standing("ann", limit))
		require.Empty(t, standing("eve", limit))
	}
}

// erases does what the runtime does for the messages of a user up to a moment.
func (w *world) erases(u group.UserID, until group.Millis, limit int) {
	w.Helper()
	var at persistence.EraseCursor
	for done := false; !done; {
		var ops []persistence.RowOp
		w.view(func(tx persistence.Tx) {
			var err error
			ops, at, done, err = persistence.EraseOps(tx, 1, at, limit, func(h *persistence.Header) bool {
				return h.Sender == u && h.Time <= until
			})
			require.NoError(w, err)
		})
		w.rows(ops...)
	}
}

func TestErasedMessages(t *testing.T) {
	for _, limit := range []int{1, 2, 3, 7, 100} {
		w := newWorld(t)
		w.create("club", 1, group.Meeting, "bob", "cid", "dan")
		w.create("other", 2, group.Meeting, "bob")
		erased := map[group.Seq]bool{}
		check := func() {
			t.Helper()
			w.view(func(tx persistence.Tx) {
				head := tx.Head(1).Seq
				for after := range head + 2 {
					for upTo := after; upTo <= head+1; upTo++ {
						n := uint64(0)
						for seq := after + 1; seq <= upTo; seq++ {
							if erased[seq] {
								n++
							}
						}
						require.Equal(t, n, persistence.CountErased(tx, 1, after, upTo), "%d to %d", after, upTo)
					}
				}
				require.Zero(t, persistence.CountErased(tx, 2, 0, 100))
			})
		}
		says := func(u group.UserID, erase bool) {
			w.say("club", u, "hi")
			if m := w.groups["club"]; erase {
				erased[m.Seq()] = true
			}
		}
		check()
		for range 3 {
			says("bob", true)
			says("cid", false)
			says("dan", false)
		}
		until := w.now
		says("bob", false)
		w.erases("bob", until, limit)
		check()
		// Another, between and behind; again, with nothing new; and an old one with the rest.
		says("dan", false)
		w.say("other", "bob", "hi")
		dans := []group.Seq{4, 7, 10, 12}
		for _, seq := range dans {
			erased[seq] = true
		}
		w.erases("dan", w.now, limit)
		check()
		w.erases("dan", w.now, limit)
		check()
		// What was trimmed still counts, and is not looked at any more.
		covers := &persistence.Append{Stream: 1, Snapshot: persistence.EncodeSnapshot(w.groups["club"].Snapshot())}
		require.NoError(t, w.j.Commit(t.Context(), []*persistence.Append{covers}))
		w.rows(persistence.RowOp{Op: persistence.OpTrim, Key: persistence.StreamKey(1), Delta: 5})
		says("cid", true)
		erased[6], erased[9] = true, true // 3 was trimmed
		w.erases("cid", w.now, limit)
		check()
		w.do("club", "ann", group.Dismiss{})
		w.now += 2 * 3600 * 1000
		w.sweep(100)
		erased = map[group.Seq]bool{}
		check()
	}
}
