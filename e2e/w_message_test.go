package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Elements of the webim surface.
func textElem(s string) *troupev1.Element {
	return &troupev1.Element{Element: &troupev1.Element_Text{Text: &troupev1.Text{Text: s}}}
}

func faceElem(index int32, data string) *troupev1.Element {
	return &troupev1.Element{Element: &troupev1.Element_Face{Face: &troupev1.Face{Index: index, Data: data}}}
}

func customElem(data, desc, ext string) *troupev1.Element {
	return &troupev1.Element{Element: &troupev1.Element_Custom{Custom: &troupev1.Custom{Data: data, Desc: desc, Ext: ext}}}
}

// saying is a send_message of elements.
func saying(group string, list ...*troupev1.Element) *troupev1.SendMessage {
	op := text(group, "")
	op.Elements = list
	return op
}

// talk is a public group in which everybody talks: alice from two devices,
// bob and carol; out is not in it.
type talk struct {
	*world
	alice, phone, bob, carol, out *peer
	g                             string
}

func newTalk(t *testing.T) *talk {
	t.Helper()
	w := newWorld(t, unlimited)
	p := w.users("alice", "alice", "bob", "carol", "out")
	x := &talk{world: w, alice: p[0], phone: p[1], bob: p[2], carol: p[3], out: p[4]}
	x.g = x.alice.create(troupev1.Kind_KIND_PUBLIC, "club", "bob", "carol")
	return x
}

// sends has alice send and asserts that everybody else inside, her other
// device too, gets the same one message; it gives what the answer said.
func (x *talk) sends(op *troupev1.SendMessage) (*troupev1.SendMessageResult, *troupev1.Message) {
	x.t.Helper()
	res := x.alice.ok(op).GetSendMessage()
	h := x.hears(scene{x.phone: {messages: 1}, x.bob: {messages: 1}, x.carol: {messages: 1}})
	m := h[x.bob].messages[0]
	for _, q := range []*peer{x.phone, x.carol} {
		require.True(x.t, proto.Equal(m, h[q].messages[0]), "%s: %s", q.user, show(h[q].all))
	}
	require.Equal(x.t, []uint64{res.GetSeq(), uint64(res.GetRandom())}, []uint64{m.GetSeq(), uint64(m.GetRandom())})
	require.Equal(x.t, res.GetTime(), m.GetTime())
	require.Len(x.t, m.GetElements(), len(op.GetElements()))
	for i, e := range op.GetElements() {
		require.True(x.t, proto.Equal(e, m.GetElements()[i]), "element %d: %s", i, m)
	}
	return res, m
}

// last is the newest entry of the history.
func (x *talk) last() *troupev1.Message {
	x.t.Helper()
	list := x.bob.ok(&troupev1.GetGroupHistory{GroupId: x.g, ReqNumber: proto.Uint32(1)}).GetGetGroupHistory().GetMessages()
	require.Len(x.t, list, 1)
	return list[0]
}

func TestWebimMessage(t *testing.T) {
	t.Parallel()

	t.Run("W-020", func(t *testing.T) {
		x := newTalk(t)
		op := saying(x.g, textElem("hello"))
		op.Random = proto.Uint32(4_000_000_001)
		_, m := x.sends(op)
		require.Equal(t, troupev1.ConversationType_CONVERSATION_TYPE_GROUP, m.GetConversation().GetType())
		require.Equal(t, x.g, m.GetConversation().GetId())
		require.EqualValues(t, 2, m.GetSeq())
		require.EqualValues(t, 4_000_000_001, m.GetRandom())
		require.Equal(t, x.now(), m.GetTime())
		require.Equal(t, "alice", m.GetSenderId(), "whether it is one's own follows from it")
		require.Equal(t, troupev1.Role_ROLE_OWNER, m.GetSender().GetRole())
		require.True(t, proto.Equal(m, x.last()), "and so it is kept")
	})

	t.Run("W-021", func(t *testing.T) {
		x := newTalk(t)
		seen := map[[2]uint64]bool{}
		var before uint64
		for _, s := range []string{"one", "two", "two", "three"} {
			res, m := x.sends(saying(x.g, textElem(s)))
			require.Greater(t, m.GetSeq(), before)
			before = m.GetSeq()
			key := [2]uint64{m.GetSeq(), uint64(m.GetRandom())}
			require.False(t, seen[key], "two messages are never one")
			seen[key] = true
			require.Equal(t, before, res.GetSeq())
		}
		m := x.last()
		require.True(t, seen[[2]uint64{m.GetSeq(), uint64(m.GetRandom())}], "met twice, known by both")
		x.bob.ok(saying(x.g, textElem("four")))
		h := x.hears(scene{x.alice: {messages: 1}, x.phone: {messages: 1}, x.carol: {messages: 1}})
		require.Equal(t, before+1, h[x.carol].messages[0].GetSeq(), "one row of numbers for all senders")
	})

	t.Run("W-022", func(t *testing.T) {
		x := newTalk(t)
		op := saying(x.g, textElem("once"))
		op.Random = proto.Uint32(7)
		first, _ := x.sends(op)
		x.advance(10*time.Minute - time.Millisecond)
		op.Elements[0] = textElem("again")
		for _, q := range []*peer{x.alice, x.phone} {
			again := q.ok(op).GetSendMessage()
			require.True(t, proto.Equal(first, again), "the answer of the first: %s", again)
		}
		silent(x.peers...)
		require.Equal(t, "once", textOf(x.last()))
		x.bob.ok(op)
		x.hears(scene{x.alice: {messages: 1}, x.phone: {messages: 1}, x.carol: {messages: 1}})
		x.advance(time.Millisecond)
		later, _ := x.sends(op)
		require.Equal(t, first.GetSeq()+2, later.GetSeq(), "remembered for ten minutes")
	})

	for row, list := range map[string][]*troupev1.Element{
		"W-024": {textElem("Grüße, 世界 <b>&amp;</b>\n\t\u200d👩🏽‍🚀 \\ \"")},
		"W-025": {faceElem(14, "[smile]"), faceElem(0, ""), faceElem(-3, "x")},
		"W-026": {textElem("a"), faceElem(1, "b"), textElem("c"), textElem("d"), faceElem(2, ""), textElem("a")},
		"W-059": {customElem(`{"a": 1}`, "описание", "<ext/>"), customElem("data only", "", "")},
	} {
		t.Run(row, func(t *testing.T) {
			x := newTalk(t)
			_, m := x.sends(saying(x.g, list...))
			require.True(t, proto.Equal(m, x.last()), "the history has the same")
			if row == "W-059" {
				refusedQuietly(x.alice, 10004, saying(x.g, customElem("", "desc", "ext")))
			}
		})
	}
}

func TestWebimSend(t *testing.T) {
	t.Parallel()

	t.Run("W-045", func(t *testing.T) {
		x := newTalk(t)
		for _, kind := range []troupev1.Kind{troupev1.Kind_KIND_WORK, troupev1.Kind_KIND_PUBLIC, troupev1.Kind_KIND_MEETING} {
			x.g = x.alice.create(kind, "", "bob", "carol")
			x.sends(saying(x.g, textElem("hello"), faceElem(1, "")))
			refusedQuietly(x.out, 11004, saying(x.g, textElem("me too")))
		}
		refusedQuietly(x.alice, 10010, saying("nowhere", textElem("echo?")))
	})

	t.Run("W-046", func(t *testing.T) {
		x := newTalk(t)
		next := x.bob.profile(x.g).GetNextSeq()
		refusedQuietly(x.alice, 10004, saying(x.g), saying(x.g, textElem("")), saying(x.g, textElem("a"), textElem("")),
			saying(x.g, &troupev1.Element{}), saying(x.g, customElem("", "", "")))
		require.Equal(t, next, x.bob.profile(x.g).GetNextSeq(), "nothing took a number")
	})

	t.Run("W-048", func(t *testing.T) {
		x := newTalk(t)
		const most = 8898
		face, custom := faceElem(1, strings.Repeat("f", 1000)), customElem(strings.Repeat("d", 300), strings.Repeat("e", 200), strings.Repeat("x", 100))
		for name, fits := range map[string][]*troupev1.Element{
			"text": {textElem(strings.Repeat("ü", most/2))},
			"sum":  {face, custom, textElem(strings.Repeat("t", most-1600))},
		} {
			x.sends(saying(x.g, fits...))
			over := saying(x.g, append(fits[:len(fits):len(fits)], textElem("x"))...)
			require.Equal(t, "message_too_large", x.alice.code(80002, over).GetError(), name)
			silent(x.peers...)
		}
		refusedQuietly(x.alice, 80002, saying(x.g, textElem(strings.Repeat("t", most+1))))
		require.EqualValues(t, 4, x.bob.profile(x.g).GetNextSeq())
	})
}

func TestWebimHistory(t *testing.T) {
	t.Parallel()
	x := newTalk(t)
	const said = 130
	for range said {
		x.alice.ok(saying(x.g, textElem("x")))
	}
	forget(x.peers...)
	const newest = said + 1 // The tip of the first members is number 1.
	page := func(from uint64, n *uint32) *troupev1.GetGroupHistoryResult {
		return x.bob.ok(&troupev1.GetGroupHistory{GroupId: x.g, ReqSeq: from, ReqNumber: n}).GetGetGroupHistory()
	}

	t.Run("W-062", func(t *testing.T) {
		for _, tc := range []struct {
			from   uint64
			number uint32
			first  uint64
			last   uint64
		}{{50, 10, 41, 50}, {newest, 100, newest - 99, newest}, {5, 100, 1, 5}, {1, 1, 1, 1}, {9999, 3, newest - 2, newest}} {
			got := page(tc.from, &tc.number)
			require.Equal(t, upTo(tc.first, tc.last), seqs(got.GetMessages()), "%d up to %d", tc.number, tc.from)
			require.Equal(t, tc.first-1, got.GetNextReqSeq())
			require.Equal(t, tc.first == 1, got.GetFinished())
		}
		refusedQuietly(x.bob, 10004, &troupev1.GetGroupHistory{GroupId: x.g, ReqNumber: proto.Uint32(101)},
			&troupev1.GetGroupHistory{GroupId: x.g, ReqNumber: proto.Uint32(0)})
		refusedQuietly(x.out, 11004, &troupev1.GetGroupHistory{GroupId: x.g, ReqSeq: 50})
	})

	t.Run("W-063", func(t *testing.T) {
		next := x.bob.profile(x.g).GetNextSeq()
		require.EqualValues(t, newest+1, next)
		require.Equal(t, upTo(newest-9, newest), seqs(page(next-1, proto.Uint32(10)).GetMessages()))
		require.Equal(t, upTo(newest-9, newest), seqs(page(0, proto.Uint32(10)).GetMessages()), "the same without a start")
		res := x.carol.ok(saying(x.g, textElem("newest"))).GetSendMessage()
		require.Equal(t, next, res.GetSeq())
		next = x.bob.profile(x.g).GetNextSeq()
		list := page(next-1, proto.Uint32(2)).GetMessages()
		require.Equal(t, "newest", textOf(list[1]))
		require.Equal(t, "carol", list[1].GetSenderId())
	})
}

func TestWebimAutoID(t *testing.T) {
	t.Parallel()
	t.Run("W-085", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob", "out")
		all := map[string]bool{}
		kinds := []troupev1.Kind{
			troupev1.Kind_KIND_WORK, troupev1.Kind_KIND_PUBLIC, troupev1.Kind_KIND_MEETING,
			troupev1.Kind_KIND_COMMUNITY, troupev1.Kind_KIND_LIVESTREAM, troupev1.Kind_KIND_CUSTOM,
		}
		for i, kind := range kinds {
			for range 2 {
				id := p[0].ok(&troupev1.CreateGroup{Kind: kind, Name: "g"}).GetCreateGroup().GetGroup().GetGroupId()
				require.Regexp(t, `^@TGS#`+string(rune('1'+i))+`[0-9A-Z]{8,}$`, id)
				all[id] = true
				h := w.hears(scene{p[0]: {notices: 1}})
				h[p[0]].theNotice(6, id, "alice")
				require.Equal(t, kind, p[0].profile(id).GetKind())
			}
		}
		require.Len(t, all, 2*len(kinds))
		refusedQuietly(p[1], 10015, &troupev1.CreateGroup{Kind: kinds[0], GroupId: "@TGS#1ABCDEFGH", Name: "g"})
	})
}
