package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestPriority(t *testing.T) {
	t.Parallel()
	t.Run("X-062", func(t *testing.T) {
		s := newStage(t, "", []string{"ann", "ben"})
		root := s.device("root", "")
		ann, ben := s.voices["ann"].peer, s.voices["ben"].peer
		a := ann.code(10007, s.say("hasty", high))
		require.Equal(t, "priority", a.GetDetails().GetField())
		silent(s.everybody...)
		for _, c := range []struct {
			from       *peer
			give, have troupev1.Priority
		}{{ann, low, low}, {ann, normal, normal}, {ann, 0, normal}, {s.host.peer, high, high}, {root, high, high}} {
			c.from.ok(s.say("x", c.give))
			for _, p := range []*peer{ben, s.guest} {
				require.Equal(t, c.have, p.hear().exactly(counts{messages: 1}).messages[0].GetPriority())
			}
		}
		require.Equal(t, "priority", ann.code(10004, s.say("x", 4)).GetDetails().GetField())
		silent(ben, s.guest, s.out)

		g := s.host.create(troupev1.Kind_KIND_PUBLIC, "", "ann", "ben")
		forget(ann, ben)
		m := text(g, "elsewhere")
		m.Priority = high
		ann.ok(m)
		require.Zero(t, ben.hear().exactly(counts{messages: 1}).messages[0].GetPriority(), "ignored and not carried")
		list := ben.ok(&troupev1.GetGroupHistory{GroupId: g}).GetGetGroupHistory().GetMessages()
		require.Zero(t, list[len(list)-1].GetPriority())
	})
	t.Run("other circles", func(t *testing.T) {
		s := newStage(t, "", []string{"ann", "ben"}, policy("livestream", "priority_high_by", "app_admin"))
		s.host.code(10007, s.say("x", high))
		silent(s.everybody...)
		s.device("root", "").ok(s.say("x", high))
		s.voices["ben"].hear().exactly(counts{messages: 1})
		s = newStage(t, "", []string{"ann", "ben"}, policy("livestream", "priority_high_by", "any_member"))
		s.voices["ann"].ok(s.say("x", high))
		require.Equal(t, high, s.voices["ben"].hear().exactly(counts{messages: 1}).messages[0].GetPriority())
		s.out.code(11004, s.say("x", high))
	})
}

func TestRoomBudget(t *testing.T) {
	t.Parallel()
	t.Run("X-063", func(t *testing.T) {
		s := newStage(t, "", []string{"ann", "ben"})
		ann, ben := s.voices["ann"], s.voices["ben"].peer
		const n = 50
		for i := range n {
			ann.ok(s.say(fmt.Sprint(i), low))
		}
		for _, p := range []*peer{ben, s.guest} {
			for i, m := range p.hear().exactly(counts{messages: n}).messages {
				require.Equal(t, fmt.Sprint(i), m.GetElements()[0].GetText().GetText())
			}
			require.Empty(t, p.skipped)
		}
	})
	t.Run("X-064", func(t *testing.T) {
		s := newStage(t, "2/100000", []string{"ben"})
		host, ben := s.host, s.voices["ben"].account(s.nextSeq()-1)
		require.Equal(t, []int32{0, 0}, host.codes(host.post(s.say("a", normal), s.say("b", normal))...))
		lows := host.post(s.say("l1", low), s.say("l2", low), s.say("l3", low), s.say("l4", low))
		require.Equal(t, lows, host.waiting(lows...))
		highs := host.post(s.say("h1", high), s.say("h2", high))
		require.Equal(t, []int32{shed, shed}, host.codes(lows[2:]...), "of the lowest priority, the newest first")
		require.Equal(t, lows[:2], host.waiting(lows...))
		name := "still told"
		require.Equal(t, []int32{0}, host.codes(host.post(&troupev1.UpdateGroupProfile{GroupId: s.g, Name: &name})...))
		normals := host.post(s.say("n1", normal), s.say("n2", normal))
		require.Equal(t, []int32{shed, shed}, host.codes(lows[:2]...))
		s.clock.Advance(time.Second)
		require.Equal(t, []int32{0, 0}, host.codes(highs...))
		require.Equal(t, []int32{shed, shed}, host.codes(normals...))
		ben.take()
		require.Equal(t, []string{"a", "b", "tip", "h1", "h2"}, ben.texts)
		require.EqualValues(t, 4, ben.named.GetLow())
		require.Zero(t, ben.named.GetHigh()+ben.named.GetSystem())
		silent(s.out)
	})
}

// One flooder beside ten slow senders: all that the slow ones say passes.
func TestRoomFairness(t *testing.T) {
	t.Parallel()
	t.Run("X-065", func(t *testing.T) {
		var slow []string
		for i := range 10 {
			slow = append(slow, fmt.Sprint("slow", i))
		}
		s := newStage(t, "20/100000", append([]string{"ann", "flooder"}, slow...))
		ann, flooder := s.voices["ann"].account(s.nextSeq()-1), s.voices["flooder"]
		var flood, said []string
		for second := range 4 {
			for range 40 {
				flood = append(flood, flooder.post(s.say("flood", normal))...)
			}
			asked := map[string][]string{}
			for _, name := range slow {
				what := fmt.Sprint(name, " in second ", second)
				asked[name] = s.voices[name].post(s.say(what, normal))
				said = append(said, what)
			}
			s.clock.Advance(time.Second)
			for name, ids := range asked {
				require.Equal(t, []int32{0}, s.voices[name].codes(ids...), "%s in second %d", name, second)
			}
		}
		s.clock.Advance(time.Second)
		passed := 0
		for _, code := range flooder.codes(flood...) {
			if code == 0 {
				passed++
			} else {
				require.EqualValues(t, shed, code)
			}
		}
		ann.take()
		require.Subset(t, ann.texts, said)
		require.Len(t, ann.texts, passed+len(said))
		require.Less(t, passed, len(flood)/2)
		require.EqualValues(t, len(flood)-passed, ann.named.GetNormal())
	})
	t.Run("X-066", func(t *testing.T) {
		s := newStage(t, "2/100000", []string{"old", "new", "ben"})
		ben := s.voices["ben"].account(s.nextSeq() - 1)
		old, fresh := s.voices["old"], s.voices["new"]
		first := old.post(s.say("o1", normal), s.say("o2", normal), s.say("o3", normal))
		second := fresh.post(s.say("n1", normal))
		require.Equal(t, first[2:], old.waiting(first...))
		s.clock.Advance(500 * time.Millisecond)
		require.Equal(t, []int32{0}, fresh.codes(second...))
		require.Equal(t, first[2:], old.waiting(first...))
		s.clock.Advance(500 * time.Millisecond)
		require.Equal(t, []int32{0}, old.codes(first[2]))
		ben.take()
		require.Equal(t, []string{"o1", "o2", "n1", "o3"}, ben.texts)
	})
}

func TestRoomWaiting(t *testing.T) {
	t.Parallel()
	t.Run("X-067", func(t *testing.T) {
		s := newStage(t, "1/100000", []string{"ann", "ben"})
		ann, ben := s.voices["ann"], s.voices["ben"].account(s.nextSeq()-1)
		g := ann.create(troupev1.Kind_KIND_CUSTOM, "", "ben")
		forget(s.everybody...)
		ids := ann.post(s.say("1", normal), s.say("2", normal), s.say("3", normal))
		others := ann.post(text(g, "another group"), &troupev1.GetGroupProfiles{GroupIds: []string{s.g}}, &troupev1.GetGroupHistory{GroupId: g})
		require.Equal(t, []int32{0, 0, 0}, ann.codes(others...), "held up by nothing")
		s.clock.Advance(999 * time.Millisecond)
		require.Equal(t, ids[1:], ann.waiting(ids...))
		s.clock.Advance(time.Millisecond)
		require.Equal(t, []int32{0, 0, shed}, ann.codes(ids...), "answered after a second at the latest")
		require.Equal(t, "messages", ann.answers(ids[2])[0].GetDetails().GetCause())
		h := ben.p.hear()
		require.Len(t, h.messages, 3)
	})
	t.Run("judged again", func(t *testing.T) {
		s := newStage(t, "1/100000", []string{"ann", "bob", "cat", "ben"})
		ben := s.voices["ben"].account(s.nextSeq() - 1)
		ann, bob, cat := s.voices["ann"], s.voices["bob"], s.voices["cat"]
		s.host.ok(s.say("first", normal))
		a, b, c := ann.post(s.say("a", normal)), bob.post(s.say("b", normal)), cat.post(s.say("c", high))
		require.Equal(t, []int32{10007}, cat.codes(c...), "judged before it waits")
		s.host.ok(&troupev1.MuteMembers{GroupId: s.g, UserIds: []string{"ann"}, Duration: proto.Int64(60)})
		bob.post(&troupev1.LeaveGroup{GroupId: s.g})
		s.clock.Advance(time.Second)
		require.Equal(t, []int32{10017}, ann.codes(a...))
		require.Equal(t, []int32{11004}, bob.codes(b...))
		ben.p.until("tip 2", func(e *troupev1.Event) bool { return tipOf(e.GetMessage()).GetTipType() == 2 })
		require.EqualValues(t, 4, s.nextSeq()-1, "join, message, mute, leaving; nothing was numbered for what was refused")
	})
	t.Run("dismissed", func(t *testing.T) {
		s := newStage(t, "1/100000", []string{"ann"})
		ann := s.voices["ann"]
		ids := ann.post(s.say("1", normal), s.say("2", normal), s.say("3", low))
		require.Equal(t, []int32{0}, s.host.codes(s.host.post(&troupev1.DismissGroup{GroupId: s.g})...))
		require.Equal(t, []int32{0, 10010, 10010}, ann.codes(ids...))
	})
	t.Run("X-068", func(t *testing.T) {
		s := newStage(t, "100/1000", []string{"ann", "ben"})
		ann, ben, guest := s.voices["ann"], s.voices["ben"].account(s.nextSeq()-1), s.guest.account(s.nextSeq()-1)
		body := func(n int, random uint32) *troupev1.SendMessage {
			m := text(s.g, string(make([]byte, n)))
			m.Random = &random
			return m
		}
		ids := ann.post(body(1000, 1), body(900, 2), body(900, 3), body(300, 4))
		a := ann.answers(ids[3])[0]
		require.EqualValues(t, shed, a.GetCode())
		require.Equal(t, "message_shed", a.GetError())
		d := a.GetDetails()
		require.Equal(t, s.nextSeq()-1, d.GetSeq(), "it has taken a number")
		require.Equal(t, "bytes", d.GetCause())
		require.EqualValues(t, 2100, d.GetRetryAfterMs(), "what waits and the message itself")
		require.Nil(t, a.GetSendMessage())
		s.clock.Advance(time.Second)
		require.Equal(t, []int32{0, 0, shed}, ann.codes(ids[:3]...))
		s.clock.Advance(time.Second)
		require.Equal(t, []int32{0}, ann.codes(ann.post(body(300, 4))...), "decided anew")
		ben.take()
		guest.take()
		for _, p := range []*account{ben, guest} {
			require.Equal(t, []int{1000, 900, 300}, []int{len(p.texts[0]), len(p.texts[1]), len(p.texts[2])})
			require.EqualValues(t, 2, p.named.GetNormal())
		}
		silent(s.out)
	})
}
