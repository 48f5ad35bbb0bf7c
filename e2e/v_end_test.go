package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

const day = 24 * time.Hour

func TestV2TIMRecycle(t *testing.T) {
	t.Parallel()
	w := newWorld(t, policy("public", "recycle_after", "2"))
	p := w.users("alice", "alice", "bob", "out")
	alice, phone, bob := p[0], p[1], p[2]
	idle := alice.create(troupev1.Kind_KIND_PUBLIC, "idle", "bob")
	busy := alice.create(troupev1.Kind_KIND_PUBLIC, "busy", "bob")
	kept := alice.create(troupev1.Kind_KIND_MEETING, "kept", "bob")
	w.advance(day)
	bob.ok(text(busy, "a sign of life"))
	w.hears(scene{alice: {messages: 1}, phone: {messages: 1}})
	bob.profile(idle)
	w.advance(day + time.Hour)
	ended := counts{notices: 1, convs: 1}
	for _, q := range p[:3] {
		q.gets(2)
	}
	h := w.hears(scene{alice: ended, phone: ended, bob: ended})

	t.Run("V-062", func(t *testing.T) {
		for _, q := range p[:3] {
			require.False(t, h[q].theNotice(11, idle, "").GetDisplay())
			require.Equal(t, idle, h[q].convs[0].GetConversation().GetId())
			require.True(t, h[q].convs[0].GetDisabled())
		}
	})
	t.Run("V-061", func(t *testing.T) {
		bob.code(10010, text(idle, "hello?"))
		bob.ok(text(busy, "we talk"))
		bob.ok(text(kept, "we do not"))
		w.hears(scene{alice: {messages: 2}, phone: {messages: 2}})
		offByDefault(t)
	})
}

// offByDefault: a custom group that is recycled shows that the check has run
// over the others, where nobody allowed it.
func offByDefault(t *testing.T) {
	t.Helper()
	w := newWorld(t, policy("custom", "recycle_after", "1"))
	alice := w.device("alice", "")
	for digit, kind := range tencentKinds {
		alice.create(kind, "g"+digit)
	}
	custom := alice.create(troupev1.Kind_KIND_CUSTOM, "custom")
	w.advance(2 * day)
	alice.gets(2)
	alice.hear().exactly(counts{notices: 1, convs: 1}).theNotice(11, custom, "")
	for digit := range tencentKinds {
		alice.profile("g" + digit)
	}
}

// everyByte is no text in any encoding.
func everyByte() []byte {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return all
}

func TestV2TIMCustomData(t *testing.T) {
	t.Parallel()
	t.Run("V-063", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("alice", "bob", "out", "root")
		alice, bob, out, root := p[0], p[1], p[2], p[3]
		web := w.dial(protocol.JSON)
		web.user = "bob"
		web.ok(&troupev1.Login{UserId: "bob"})
		web.ok(&troupev1.Attach{Inbox: &troupev1.InboxFrom{}, Rest: troupev1.Rest_REST_LIVE})
		g := alice.create(troupev1.Kind_KIND_MEETING, "open", "bob")
		for _, data := range [][]byte{everyByte(), {0}, []byte("плотность {\"a\":1}")} {
			a := root.ok(&troupev1.SendCustomNotice{GroupId: g, Content: data})
			require.EqualValues(t, 2, a.GetSendCustomNotice().GetReceivers())
			h := w.hears(scene{alice: {notices: 1}, bob: {notices: 1}, web: {notices: 1}})
			for _, q := range []*peer{alice, bob, web} {
				require.Equal(t, data, h[q].theNotice(255, g, "root").GetContent())
			}
		}
		for _, q := range []*peer{alice, bob, out} {
			q.code(10007, &troupev1.SendCustomNotice{GroupId: g, Content: []byte("x")})
		}
		silent(w.peers...)
	})
}
