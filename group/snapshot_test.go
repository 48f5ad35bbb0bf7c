package group_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

// TestSnapshotsAreIncremental: a snapshot holds only the chunks that changed,
// and all snapshots together lead to the same state.
func TestSnapshotsAreIncremental(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=community")
	members := users("u", 1000)
	for _, u := range members {
		w.must(u, group.Join{})
	}
	require.Len(t, w.snapshot().Chunks, 8)
	require.Empty(t, w.m.Snapshot().Chunks, "nothing changed")
	w.must("u500", group.Send{Elements: text("hi")})
	require.Len(t, w.m.Snapshot().Chunks, 1)
	w.stored = nil
	w.m = w.replayed()
	w.sameAfterRestore()
	rnd := rand.New(rand.NewPCG(1, 2))
	for round := range 12 {
		for range 80 {
			u := members[rnd.IntN(len(members))]
			if _, in := w.m.Member(u); in {
				w.must(u, group.Leave{})
			} else if round < 6 {
				w.must(u, group.Join{})
			}
		}
		w.sameAfterRestore()
	}
	for _, u := range members {
		w.do(u, group.Leave{})
	}
	w.sameAfterRestore()
	require.LessOrEqual(t, w.m.Snapshot().ChunkCount, uint32(8))
}

// TestSnapshotDoesNotChange while the machine goes on.
func TestSnapshotDoesNotChange(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=custom join_option=admin_approval")
	for _, u := range users("u", 300) {
		w.must("root", group.Invite{Users: []group.UserID{u}})
	}
	w.run("eve join")
	w.run("ann role u1 to=admin")
	before := w.m.Digest()
	s := w.snapshot()
	for _, line := range []string{"u3 send hi", "u4 leave", "fay join", "ann accept eve", "ann role u2 to=admin", "ann role u1 to=member", "ann mute u5 seconds=9", "u6 card name=x", "ann transfer u7"} {
		require.NotContains(t, w.run(line), "rejected", line)
	}
	m, err := group.Restore(w.table, w.limits, s)
	require.NoError(t, err)
	require.Equal(t, before, m.Digest())
	w.stored = nil
	w.m = w.replayed()
}

// TestRestoredGoesOn: a machine that was restored and the one that was saved
// decide alike.
func TestRestoredGoesOn(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=public members=bob:admin,cat")
	for _, line := range []string{"eve join", "fay join", "ann mute cat seconds=100", "ann refuse fay"} {
		w.run(line)
	}
	lines := []string{"cat send hi", "eve join message=again", "bob accept eve", "fay join", "ann accept fay", "cat leave", "ann list", "ann mute_group all", "ann dismiss"}
	var want []string
	twin := w.restored()
	for _, line := range lines {
		want = append(want, w.run(line))
	}
	kept := w.m
	other := &world{t: t, table: w.table, limits: w.limits, m: twin, now: w.now, facts: w.facts, nextID: 3, steps: 5}
	for i, line := range lines {
		require.Equal(t, want[i], other.run(line), line)
	}
	require.Equal(t, kept.Digest(), twin.Digest())
}

func TestRestoreRefusesNonsense(t *testing.T) {
	member := func(u group.UserID, order uint64) group.MemberState {
		return group.MemberState{User: u, Order: order, Role: group.Member}
	}
	good := func() *group.Snapshot {
		return &group.Snapshot{
			Position: 1, Head: group.HeadState{Group: "g", Kind: group.Work},
			ChunkCount: 2, Chunks: []group.MemberChunk{{Index: 0, Members: []group.MemberState{member("a", 1), {Order: 2}, member("b", 3)}}},
		}
	}
	restore := func(s *group.Snapshot) error {
		_, err := group.Restore(group.DefaultTable(), group.DefaultLimits(), s)
		return err
	}
	require.NoError(t, restore(good()))
	for name, spoil := range map[string]func(*group.Snapshot){
		"unknown kind":    func(s *group.Snapshot) { s.Head.Kind = 9 },
		"index too high":  func(s *group.Snapshot) { s.Chunks[0].Index = 2 },
		"index twice":     func(s *group.Snapshot) { s.Chunks = append(s.Chunks, s.Chunks[0]) },
		"falling order":   func(s *group.Snapshot) { s.Chunks[0].Members[2].Order = 1 },
		"member twice":    func(s *group.Snapshot) { s.Chunks[0].Members[2].User = "a" },
		"chunk too large": func(s *group.Snapshot) { s.Chunks[0].Members = make([]group.MemberState, 129) },
		"twice in another": func(s *group.Snapshot) {
			s.Chunks = append(s.Chunks, group.MemberChunk{Index: 1, Members: []group.MemberState{member("a", 9)}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := good()
			spoil(s)
			require.Error(t, restore(s))
		})
	}
}

// TestDigestSees every part of the state.
func TestDigestSees(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=custom join_option=admin_approval members=bob:admin,cat")
	last := w.m.Digest()
	for _, line := range []string{
		"ann send hi", "ann update name=x", "ann update field.a=1", "ann modes consent=required", "ann mute_group all", "ann mute cat seconds=9",
		"cat card name=x", "cat fields field.a=1", "cat remind type=discard", "eve join", "ann refuse eve", "ann role cat to=5", "ann role cat to=admin",
		"ann transfer bob", "root notice x", "ann leave", "bob dismiss",
	} {
		require.NotContains(t, w.run(line), "rejected", line)
		require.NotEqual(t, last, w.m.Digest(), line)
		last = w.m.Digest()
	}
}
