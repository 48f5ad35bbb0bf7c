package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestTIMRemindType(t *testing.T) {
	t.Parallel()
	note, quiet, discard := troupev1.RemindType_REMIND_TYPE_ACCEPT_NOTIFY,
		troupev1.RemindType_REMIND_TYPE_ACCEPT_SILENT, troupev1.RemindType_REMIND_TYPE_DISCARD
	remind := func(c *timCast, r troupev1.RemindType) *troupev1.SetRemindType {
		return &troupev1.SetRemindType{GroupId: c.g, RemindType: r}
	}

	t.Run("T-068", func(t *testing.T) {
		c := newTIM(t, timPublic)
		phone := c.device("bob", "phone")
		for _, kind := range []troupev1.Kind{timWork, timPublic, timMeeting} {
			c.found(kind, "g"+kind.String())
			require.Equal(t, note, c.bob.joined()[c.g].GetSelf().GetRemindType(), "the default")
			for _, r := range []troupev1.RemindType{quiet, discard, note} {
				a := c.bob.ok(remind(c, r)).GetSetRemindType()
				require.Equal(t, c.g, a.GetGroup().GetGroupId())
				h := c.hears(alike(counts{convs: 1}, c.bob, phone))
				for _, q := range []*peer{c.bob, phone} {
					require.Equal(t, c.g, h[q].convs[0].GetConversation().GetId())
					require.Equal(t, r, h[q].convs[0].GetRemindType())
				}
				require.Equal(t, r, phone.joined()[c.g].GetSelf().GetRemindType())
				require.Equal(t, note, c.alice.joined()[c.g].GetSelf().GetRemindType(), "everybody has their own")
			}
		}
		refusedQuietly(c.bob, 10004, remind(c, 0), remind(c, 9))
		refusedQuietly(c.carol, 11004, remind(c, quiet))
		refusedQuietly(c.alice, 10007, &troupev1.SetRemindType{GroupId: c.g, UserId: "bob", RemindType: discard})
		show := newTIM(t, timAVChat)
		refusedQuietly(show.bob, 10008, remind(show, quiet))
	})

	for row, r := range map[string]troupev1.RemindType{"T-069": note, "T-070": quiet} {
		t.Run(row, func(t *testing.T) {
			c := newTIM(t, timPublic)
			if r == note {
				c.bob.ok(remind(c, discard))
			}
			c.bob.ok(remind(c, r))
			forget(c.peers...)
			sent := c.alice.ok(text(c.g, "hello")).GetSendMessage()
			h := c.hears(alike(counts{messages: 1}, c.adam, c.bob))
			require.Equal(t, sent.GetSeq(), h[c.bob].messages[0].GetSeq())
			require.Equal(t, "hello", textOf(h[c.bob].messages[0]))
			// Whether to alert is the client's business; what tells it is here.
			require.Equal(t, r, c.bob.joined()[c.g].GetSelf().GetRemindType())
		})
	}

	t.Run("T-071", func(t *testing.T) {
		c := newTIM(t, timPublic)
		phone := c.device("bob", "phone")
		c.bob.ok(remind(c, discard))
		forget(c.peers...)
		c.alice.ok(text(c.g, "unheard"))
		c.hears(scene{c.adam: {messages: 1}})
		require.Equal(t, discard, c.bob.joined()[c.g].GetSelf().GetRemindType())
		list := c.bob.ok(&troupev1.GetGroupHistory{GroupId: c.g}).GetGetGroupHistory().GetMessages()
		require.Equal(t, "unheard", textOf(list[len(list)-1]), "it is in the history")
		c.alice.ok(&troupev1.SetNameCard{GroupId: c.g, NameCard: "A"})
		c.hears(alike(timSaw, c.alice, c.adam, c.bob, phone))
		c.alice.ok(&troupev1.SetMemberRole{GroupId: c.g, UserId: "bob", Role: troupev1.Role_ROLE_ADMIN})
		both := counts{tips: 1, notices: 1}
		c.hears(alike(timSaw, c.alice, c.adam).and(c.bob, both).and(phone, both))
		again := c.device("bob", "tablet")
		c.alice.ok(text(c.g, "still unheard"))
		c.hears(scene{c.adam: {messages: 1}})
		phone.ok(remind(c, quiet))
		c.hears(alike(counts{convs: 1}, c.bob, phone, again))
		c.alice.ok(text(c.g, "heard"))
		c.hears(alike(counts{messages: 1}, c.adam, c.bob, phone, again))
	})
}
