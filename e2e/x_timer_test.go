package e2e

import (
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// awake is the number of groups in memory, from the server's metrics.
func (w *world) awake() int {
	w.t.Helper()
	_, text := w.page("/metrics")
	m := regexp.MustCompile(`(?m)^troupe_groups_awake (\d+)$`).FindStringSubmatch(text)
	require.NotNil(w.t, m)
	n, err := strconv.Atoi(m[1])
	require.NoError(w.t, err)
	return n
}

// asleep moves the clock until no group is in memory.
func (w *world) asleep() {
	w.t.Helper()
	w.advance(time.Hour)
	require.Eventually(w.t, func() bool { return w.awake() == 0 }, patience, time.Millisecond)
}

func TestTimers(t *testing.T) {
	t.Parallel()
	t.Run("X-111", func(t *testing.T) {
		t.Run("application", func(t *testing.T) {
			w := newWorld(t)
			p := w.users("alice", "bob", "carl", "out")
			alice, bob, carl, out := p[0], p[1], p[2], p[3]
			for _, g := range []string{"early", "late"} {
				alice.create(troupev1.Kind_KIND_PUBLIC, g)
			}
			bob.code(25424, &troupev1.JoinGroup{GroupId: "early"})
			carl.code(25424, &troupev1.JoinGroup{GroupId: "late"})
			until := w.now() + (7 * day).Milliseconds()
			forget(p...)
			w.asleep()
			w.advance(time.Duration(until-w.now()-1) * time.Millisecond)
			silent(p...)
			require.Zero(t, w.awake())
			alice.ok(&troupev1.AcceptApplication{GroupId: "early", ApplicantId: "bob"})
			w.hears(scene{alice: {tips: 1, updated: 1}, bob: {tips: 1, updated: 1, notices: 1}})
			w.clock.Advance(time.Millisecond)
			alice.code(11006, &troupev1.AcceptApplication{GroupId: "late", ApplicantId: "carl"})
			w.clock.Advance(time.Minute)
			for _, q := range []*peer{alice, carl} {
				q.gets(1)
			}
			h := w.hears(scene{alice: {updated: 1}, carl: {updated: 1}})
			require.Equal(t, stateExpired, h[carl].updated[0].GetRecord().GetState())
			require.Equal(t, []string{"alice"}, alice.roster("late"))
			silent(out)
		})
		t.Run("told by the timer alone", func(t *testing.T) {
			w := newWorld(t)
			p := w.users("alice", "carl", "out")
			alice, carl := p[0], p[1]
			alice.create(troupev1.Kind_KIND_PUBLIC, "g")
			carl.code(25424, &troupev1.JoinGroup{GroupId: "g"})
			until := w.now() + (7 * day).Milliseconds()
			forget(p...)
			w.asleep()
			w.advance(time.Duration(until-w.now()-1) * time.Millisecond)
			silent(p...)
			w.clock.Advance(time.Minute)
			alice.gets(1)
			carl.gets(1)
			w.hears(scene{alice: {updated: 1}, carl: {updated: 1}})
		})
		t.Run("recycling", func(t *testing.T) {
			w := newWorld(t, policy("public", "recycle_after", "2"))
			w.known("carl")
			p := w.users("alice", "bob", "out")
			alice, bob := p[0], p[1]
			alice.create(troupev1.Kind_KIND_PUBLIC, "g", "bob", "carl")
			alice.ok(text("g", "the last word"))
			until := w.now() + (2 * day).Milliseconds()
			forget(p...)
			w.asleep()
			w.advance(time.Duration(until-w.now()-1) * time.Millisecond)
			silent(p...)
			w.clock.Advance(day)
			for _, q := range []*peer{alice, bob} {
				q.gets(2)
			}
			h := w.hears(scene{alice: {notices: 1, convs: 1}, bob: {notices: 1, convs: 1}})
			h[bob].theNotice(11, "g", "")
			bob.code(10010, text("g", "hello?"))
			require.EqualValues(t, 11, first(t, w.inboxOf("carl")).GetNoticeType())
		})
		t.Run("mutes", func(t *testing.T) {
			w := newWorld(t)
			p := w.users("alice", "bob", "carl", "out")
			alice, bob, carl := p[0], p[1], p[2]
			for _, g := range []string{"one", "all"} {
				alice.create(troupev1.Kind_KIND_CUSTOM, g, "bob", "carl")
			}
			const seconds = 6 * 3600
			alice.ok(mute("one", seconds, "bob"))
			alice.ok(&troupev1.MuteGroup{GroupId: "all", On: true, Mode: zimMuteOrdinary, Duration: proto.Int64(seconds)})
			until := w.now() + seconds*1000
			forget(p...)
			w.asleep()
			w.advance(time.Duration(until-w.now()-1) * time.Millisecond)
			require.Zero(t, w.awake())
			for _, g := range []string{"one", "all"} {
				require.Equal(t, until, bob.code(10017, text(g, "too early")).GetDetails().GetUntil())
			}
			w.hears(nil)
			w.clock.Advance(time.Millisecond)
			for _, g := range []string{"one", "all"} {
				bob.ok(text(g, "at last"))
			}
			w.hears(scene{alice: {messages: 2}, carl: {messages: 2}})
		})
	})
}
