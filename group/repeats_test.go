package group_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

// TestRepeatAfterSnapshot: what a snapshot covers is recognised through Recall.
func TestRepeatAfterSnapshot(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=meeting req=1")
	w.run("bob join req=2")
	w.run("bob send hi random=7 req=3")
	w.run("restore")
	require.Contains(t, w.run("bob send hi"), "seq=3", "forgotten without Recall")
	for _, e := range w.journal[:3] {
		w.m.Recall(e)
	}
	before := w.m.Digest()
	require.Equal(t, "  repeat of position 1 seq 0\n", w.run("ann create kind=meeting req=1"))
	require.Equal(t, "  repeat of position 2 seq 1\n", w.run("bob join req=2"))
	require.Equal(t, "  repeat of position 3 seq 2 by random\n", w.run("bob send other random=7"))
	require.Equal(t, before, w.m.Digest())
}

// TestRecallDoesNotHideNewer: a random that was used again after its time
// leads to its newer message.
func TestRecallDoesNotHideNewer(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=meeting")
	w.run("ann send one random=7")
	w.run("wait 600s")
	w.run("ann send two random=7")
	w.m = group.NewMachine(w.table, w.limits)
	for _, e := range w.journal {
		w.m.Apply(e)
	}
	w.m.Recall(w.journal[1])
	require.Equal(t, "  repeat of position 3 seq 2 by random\n", w.run("ann send x random=7"))
}

// TestRepeatIsPerUser: another user's equal random is another message.
func TestRepeatIsPerUser(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=meeting members=bob")
	w.run("ann send one random=7")
	require.Contains(t, w.run("bob send one random=7"), "seq=3")
}

// TestRefusalsAreNotRemembered, nor reads and calls that changed nothing.
func TestRefusalsAreNotRemembered(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=meeting members=bob max=2")
	require.Contains(t, w.run("cat join req=1"), "rejected group_full")
	require.Contains(t, w.run("bob join req=2"), "already_member")
	w.run("bob leave")
	require.Contains(t, w.run("cat join req=1"), "ok outcome=joined")
	w.run("ann update max=3")
	require.Contains(t, w.run("bob join req=2"), "ok outcome=joined")
}

// TestFirstAnswer: the stored result is that of the first run.
func TestFirstAnswer(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=work members=bob")
	w.req = 9
	d := w.must("ann", group.Invite{Users: []group.UserID{"cat", "bob"}})
	first := group.ResultOf(d.Events[0])
	require.Equal(t, d.Result.Users, first.Users)
	require.Equal(t, uint64(9), d.Events[0].Request)
	w.req = 9
	again := w.do("ann", group.Invite{Users: []group.UserID{"cat", "bob"}})
	require.Equal(t, group.Decision{Repeat: &group.Repeat{Position: d.Events[0].Position, Seq: d.Events[0].Seq}}, again)
}

// TestRepeatsAreForgotten: the memory does not grow with the number of
// messages, only with those of the window. What is over is decided anew.
func TestRepeatsAreForgotten(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=work")
	for i := range 2000 {
		w.now += 1000
		d := w.must("ann", group.Send{Elements: text("x"), Random: uint32(i % 700), RandomGiven: true})
		require.Nil(t, d.Repeat, i)
	}
	require.NotNil(t, w.must("ann", group.Send{Elements: text("x"), Random: 1999 % 700, RandomGiven: true}).Repeat)
}

// TestLiveFirstAnswer: what was not journalled is answered from memory, the
// group as it is now.
func TestLiveFirstAnswer(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=livestream")
	w.run("bob join")
	require.Contains(t, w.run("root kick bob,eve req=5"), "bob:removed eve:failed(target_not_member) group[0 owner=ann]")
	w.run("cat join")
	require.Equal(t, "  ok bob:removed eve:failed(target_not_member) group[1 owner=ann audience=1]\n", w.run("root kick bob,eve req=5"))
}

// TestRecallPrefersNewer also when the older one is recalled first.
func TestRecallPrefersNewer(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=meeting")
	w.run("ann send one random=7 req=5")
	w.run("wait 600s")
	w.run("ann send two random=7 req=5")
	for _, order := range [][]int{{1, 2}, {2, 1}} {
		w.run("restore")
		w.m = w.restored()
		for _, i := range order {
			w.m.Recall(w.journal[i])
		}
		require.Equal(t, "  repeat of position 3 seq 2 by random\n", w.run("ann send x random=7"), order)
		require.Equal(t, "  repeat of position 3 seq 2\n", w.run("ann send x req=5"), order)
	}
}

// TestLiveWindow: a livestream forgets after 60 s, at the very millisecond.
func TestLiveWindow(t *testing.T) {
	for _, after := range []string{"59999ms", "60000ms"} {
		w := newWorld(t)
		w.run("ann create kind=livestream")
		w.run("bob join")
		w.run("bob send one random=7")
		w.run("ann update name=N req=5")
		w.run("wait " + after)
		again := after == "59999ms"
		require.Equal(t, again, strings.Contains(w.run("bob send one random=7"), "seq=1"), after)
		require.Equal(t, again, strings.Contains(w.run("ann update name=M req=5"), "repeat of position 2"), after)
	}
}

// TestRepeatsAfterFlood: of very many messages each is recognised until its
// time is over and none after, also when the memory has shrunk since.
func TestRepeatsAfterFlood(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=meeting members=bob")
	const flood = 5000
	send := func(u group.UserID, i int) group.Decision {
		return w.must(u, group.Send{Elements: text("x"), Random: uint32(i), RandomGiven: true})
	}
	first := map[int]group.Seq{}
	began := w.now
	for i := range flood {
		first[i] = send("ann", i).Result.Seq
		w.now += 10
	}
	w.now = began + 600_000 - 1
	for i := range flood {
		d := send("ann", i)
		require.NotNil(t, d.Repeat, i)
		require.Equal(t, first[i], d.Repeat.Seq, i)
	}
	require.Nil(t, send("bob", 7).Repeat)
	// All but the newest hundred are over.
	w.now = began + 10*(flood-100) + 600_000 - 1
	for i := range flood {
		d := send("ann", i)
		require.Equal(t, i >= flood-100, d.Repeat != nil, i)
	}
}
