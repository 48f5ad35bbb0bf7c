package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// create makes a group of a kind with members and forgets what that sent.
func (p *peer) create(kind troupev1.Kind, id string, members ...string) string {
	p.t.Helper()
	return p.createWith(&troupev1.CreateGroup{Kind: kind, GroupId: id, Name: "g"}, members...)
}

func (p *peer) createWith(op *troupev1.CreateGroup, members ...string) string {
	p.t.Helper()
	for _, m := range members {
		op.InitialMembers = append(op.InitialMembers, &troupev1.InitialMember{UserId: m})
	}
	a := p.ok(op)
	for _, r := range a.GetCreateGroup().GetUsers() {
		require.Equal(p.t, troupev1.Outcome_OUTCOME_JOINED, r.GetStatus(), "%s", r.GetUserId())
	}
	forget(p.w.peers...)
	return a.GetCreateGroup().GetGroup().GetGroupId()
}

// text is a send_message with one text.
func text(group, s string) *troupev1.SendMessage {
	return &troupev1.SendMessage{
		Conversation: &troupev1.Conversation{Type: troupev1.ConversationType_CONVERSATION_TYPE_GROUP, Id: group},
		Elements:     []*troupev1.Element{{Element: &troupev1.Element_Text{Text: &troupev1.Text{Text: s}}}},
	}
}

// The world itself: a public group is made, joined by approval, talked in.
func TestWorld(t *testing.T) {
	w := newWorld(t)
	peers := w.users("alice", "bob", "carol")
	alice, bob, carol := peers[0], peers[1], peers[2]
	g := alice.create(troupev1.Kind_KIND_PUBLIC, "town")

	bob.code(25424, &troupev1.JoinGroup{GroupId: g, Message: "it's me!"})
	h := alice.hear().exactly(counts{notices: 1, added: 1})
	require.EqualValues(t, 1, h.notices[0].GetNoticeType())
	require.Equal(t, "it's me!", h.notices[0].GetRemark())
	bob.hear().exactly(counts{added: 1})
	silent(carol)

	alice.ok(&troupev1.AcceptApplication{GroupId: g, ApplicantId: "bob"})
	alice.hear().exactly(counts{tips: 1, updated: 1})
	h = bob.hear().exactly(counts{tips: 1, updated: 1, notices: 1})
	require.Equal(t, []string{"bob"}, userIDs(h.tips[0]))
	silent(carol)

	a := bob.ok(text(g, "hello"))
	require.EqualValues(t, 2, a.GetSendMessage().GetSeq())
	h = alice.hear().exactly(counts{messages: 1})
	require.Equal(t, "hello", h.messages[0].GetElements()[0].GetText().GetText())
	silent(bob, carol)
}
