package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// At half of the bound only the newest state of a subject waits; numbered
// frames stay; below a quarter for 5 s the device is at its full level again.
// Hints and priorities: X-074.
func TestLadderFolded(t *testing.T) {
	t.Parallel()
	l := newLadder(t)
	alice, helper, out := l.device("alice", ""), l.device("bob", "helper"), l.device("out", "")
	bob := l.slow("bob", "slow")
	alice.create(troupev1.Kind_KIND_PUBLIC, "g", "bob")
	alice.create(troupev1.Kind_KIND_PUBLIC, "h", "bob")
	sent := l.fill(alice, "g", "folded", "half")
	forget(helper)
	remind := []troupev1.RemindType{troupev1.RemindType_REMIND_TYPE_ACCEPT_SILENT, troupev1.RemindType_REMIND_TYPE_ACCEPT_NOTIFY}
	const changes = 9
	for i := range changes {
		for _, g := range []string{"g", "h"} {
			helper.ok(&troupev1.SetRemindType{GroupId: g, RemindType: remind[i%2]})
		}
	}
	helper.hear().exactly(counts{convs: 2 * changes})
	list := bob.frames()
	require.Equal(t, []string{"folded half"}, levels(list))
	require.Equal(t, upTo(2, uint64(1+sent)), numbers(list, "g"))
	last := map[string]troupev1.RemindType{}
	n := 0
	for _, f := range list {
		if c := f.GetEvent().GetConversationChanged(); c != nil {
			n++
			last[c.GetConversation().GetId()] = c.GetRemindType()
		}
	}
	require.Equal(t, 2, n, "the newest of each group alone")
	require.Equal(t, map[string]troupev1.RemindType{"g": remind[0], "h": remind[0]}, last)

	require.Empty(t, bob.frames())
	l.advance(5*time.Second - time.Millisecond)
	require.Empty(t, bob.frames())
	l.advance(time.Second + time.Millisecond)
	l.comesTo("full", "recovered", 1)
	require.Equal(t, []string{"full recovered"}, levels(bob.frames()))
	helper.ok(&troupev1.SetRemindType{GroupId: "g", RemindType: remind[1]})
	bob.hear().exactly(counts{convs: 1})
	silent(out)
}

func TestLadder(t *testing.T) {
	t.Parallel()
	t.Run("X-075", func(t *testing.T) {
		t.Parallel()
		l := newLadder(t, policy("livestream", "exclusive", "no"))
		p := l.users("host", "ann", "out")
		host, ann, out := p[0], p[1], p[2]
		bob, guest := l.slow("bob", ""), (*peer)(nil)
		for _, room := range []string{"a", "b"} {
			host.create(troupev1.Kind_KIND_LIVESTREAM, room)
			for _, q := range []*peer{host, ann, bob} {
				q.ok(&troupev1.JoinGroup{GroupId: room})
			}
		}
		l.advance(500 * time.Millisecond)
		for range 2 {
			host.untilTip(1)
		}
		guest = l.slowGuest("a")
		forget(l.peers...)
		bob.frames()
		n := map[string]int{}
		next := map[string]uint64{}
		for _, room := range []string{"a", "b"} {
			next[room] = ann.ok(text(room, "begin")).GetSendMessage().GetSeq() + 1
		}
		forget(l.peers...)
		for l.steps("newest_only", "high") < 2 {
			n["a"] += l.fill(host, "a", "newest_only", "high")
		}
		for range 5 {
			for _, room := range []string{"a", "b"} {
				host.ok(text(room, "more"))
				n[room]++
			}
		}
		list := bob.frames()
		require.Equal(t, []string{"folded half", "newest_only high"}, levels(list))
		rest := after(t, list, "newest_only")
		for _, room := range []string{"a", "b"} {
			end := next[room] + uint64(n[room])
			require.Equal(t, end, accounted(t, list, room, next[room]))
			require.Equal(t, []uint64{end - 1}, numbers(rest, room), "the newest waits alone")
		}
		heard := guest.frames()
		require.Equal(t, []string{"folded half", "newest_only high"}, levels(heard))
		require.Equal(t, next["a"]+uint64(n["a"]), accounted(t, heard, "a", next["a"]))
		require.Len(t, numbers(after(t, heard, "newest_only"), "a"), 1)
		require.Len(t, ann.hear().messages, n["a"]+n["b"])
		silent(out)
	})

	t.Run("X-076", func(t *testing.T) {
		t.Parallel()
		for _, reason := range []string{"full", "blocked"} {
			l := newLadder(t, hasty)
			alice, out := l.device("alice", ""), l.device("out", "")
			bob := l.slow("bob", "")
			alice.create(troupev1.Kind_KIND_CUSTOM, "g", "bob")
			alice.create(troupev1.Kind_KIND_CUSTOM, "h", "bob")
			epoch := alice.attachFrom("g", 1, "").GetEpoch()
			sent := 0
			if reason == "full" {
				sent = l.fill(alice, "g", "pull", reason)
			} else {
				sent = l.fill(alice, "g", "folded", "half")
				l.pass(9*time.Second, alice, out)
				require.Zero(t, l.steps("pull", reason))
				l.pass(2*time.Second, alice, out)
				l.comesTo("pull", reason, 1)
			}
			for range 3 {
				alice.ok(text("g", "not sent"))
				sent++
			}
			list := bob.frames()
			last := uint64(len(numbers(list, "g")) + 1)
			require.Equal(t, upTo(2, last), numbers(list, "g"), "what the socket held already")
			require.Less(t, last, uint64(1+sent))
			rest := after(t, list, "pull")
			require.Equal(t, "pull "+reason, levels(list)[len(levels(list))-2])
			require.Equal(t, []string{"folded recovered"}, levels(rest))
			require.ElementsMatch(t, []string{"", "g", "h"}, lagging(t, rest))
			require.Len(t, rest, 2)
			alice.ok(text("g", "not sent either"))
			require.Empty(t, bob.frames(), "what lags is detached")

			state := bob.attachFrom("g", last, epoch)
			require.Nil(t, state.GetGap())
			alice.ok(text("g", "attached"))
			require.Equal(t, upTo(last+1, uint64(sent+3)), numbers(bob.through("g", uint64(sent+3)), "g"))
			alice.ok(text("h", "not attached"))
			require.Empty(t, bob.frames())
			silent(out)
		}
	})

	t.Run("X-077", func(t *testing.T) {
		t.Parallel()
		l := newLadder(t, hasty)
		alice, phone, out := l.device("alice", ""), l.device("bob", "phone"), l.device("out", "")
		bob := l.slow("bob", "slow")
		alice.create(troupev1.Kind_KIND_CUSTOM, "g", "bob")
		sent := l.fill(alice, "g", "pull", "full")
		l.pass(29*time.Second, alice, phone, out)
		require.Zero(t, l.steps("closed", "blocked"))
		l.pass(2*time.Second, alice, phone, out)
		l.comesTo("closed", "blocked", 1)
		e := bob.ending()
		require.Equal(t, 4001, e.code, e.reason)
		require.Less(t, len(e.events), sent)
		phone.hear().exactly(counts{messages: sent})
		alice.ok(text("g", "goes on"))
		phone.hear().exactly(counts{messages: 1})
		silent(out)
	})

	t.Run("X-078", func(t *testing.T) {
		t.Parallel()
		l := newLadder(t)
		alice, out := l.device("alice", ""), l.device("out", "")
		bob := l.slow("bob", "")
		alice.create(troupev1.Kind_KIND_CUSTOM, "g", "bob")
		swing := l.fill(alice, "g", "folded", "half")
		got := levels(bob.frames())
		for range 12 {
			l.advance(time.Second)
			alice.says("g", swing)
			got = append(got, levels(bob.frames())...)
		}
		require.Zero(t, l.steps("full", "recovered"), "it was never low for 5 s")
		require.Equal(t, []string{"folded half"}, got)

		// From far down it comes up one level at a time, 5 s each.
		l.fill(alice, "g", "newest_only", "high")
		require.Equal(t, []string{"newest_only high"}, levels(bob.frames()))
		for i, level := range []string{"folded", "full"} {
			require.Empty(t, bob.frames())
			// It may have come to the former level a second ago, or two.
			l.advance(3 * time.Second)
			require.Empty(t, bob.frames())
			require.Zero(t, l.steps(level, "recovered"), level)
			l.advance(3 * time.Second)
			l.comesTo(level, "recovered", 1)
			require.Equal(t, []string{level + " recovered"}, levels(bob.frames()), "step %d", i)
		}
		require.Empty(t, bob.frames())
		l.advance(time.Hour)
		require.Empty(t, bob.frames())
		silent(out)
	})
}
