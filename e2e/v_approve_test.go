package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// club is a public group with owner, admin and member, an applicant and
// somebody it does not concern.
type club struct {
	*world
	alice, adam, bob, carol, out *peer
	id                           string
}

func newClub(t *testing.T) *club {
	t.Helper()
	w := newWorld(t)
	p := w.users("alice", "adam", "bob", "carol", "out")
	c := &club{world: w, alice: p[0], adam: p[1], bob: p[2], carol: p[3], out: p[4]}
	c.id = c.alice.create(troupev1.Kind_KIND_PUBLIC, "club", "adam", "bob")
	c.alice.makeAdmin(c.id, "adam")
	return c
}

// applied has carol apply; nothing that this sends is kept.
func (c *club) applied(message string) {
	c.t.Helper()
	c.carol.code(25424, &troupev1.JoinGroup{GroupId: c.id, Message: message})
	forget(c.peers...)
}

func (c *club) acceptance() *troupev1.AcceptApplication {
	return &troupev1.AcceptApplication{GroupId: c.id, ApplicantId: "carol", Message: "welcome"}
}

func (c *club) refusal() *troupev1.RefuseApplication {
	return &troupev1.RefuseApplication{GroupId: c.id, ApplicantId: "carol", Reason: "full up"}
}

// Filing an application.
func TestV2TIMApplication(t *testing.T) {
	t.Parallel()
	t.Run("V-034", func(t *testing.T) {
		c := newClub(t)
		a := c.carol.code(25424, &troupev1.JoinGroup{GroupId: c.id})
		require.Equal(t, troupev1.Outcome_OUTCOME_WAIT_APPROVAL, a.GetJoinGroup().GetOutcome())
		asked := counts{notices: 1, added: 1}
		c.hears(scene{c.alice: asked, c.adam: asked, c.carol: {added: 1}})
		require.Equal(t, []string{"alice", "adam", "bob"}, c.bob.roster(c.id))
		c.carol.code(11004, text(c.id, "hello?"))
		c.bob.ok(text(c.id, "secret"))
		c.hears(scene{c.alice: {messages: 1}, c.adam: {messages: 1}})
	})

	t.Run("V-028_V-035", func(t *testing.T) {
		c := newClub(t)
		c.carol.code(25424, &troupev1.JoinGroup{GroupId: c.id, Message: "it's me!", UserDefinedField: "ref=7"})
		asked := counts{notices: 1, added: 1}
		h := c.hears(scene{c.alice: asked, c.adam: asked, c.carol: {added: 1}})
		for _, q := range []*peer{c.alice, c.adam} {
			n := h[q].theNotice(1, c.id, "carol")
			require.Equal(t, "it's me!", n.GetRemark())
			require.Equal(t, "ref=7", n.GetUserDefinedField())
			require.NotEmpty(t, n.GetAuthentication())
			record := h[q].added[0].GetRecord()
			require.Equal(t, "it's me!", record.GetMessage())
			require.Equal(t, n.GetApplicationId(), record.GetApplicationId())
			require.Equal(t, troupev1.Direction_DIRECTION_APPLICATION_RECEIVED, h[q].added[0].GetDirection())
		}
		require.Equal(t, troupev1.Direction_DIRECTION_APPLICATION_SENT, h[c.carol].added[0].GetDirection())
	})

	t.Run("V-036_V-037", func(t *testing.T) {
		c := newClub(t)
		c.carol.code(25424, &troupev1.JoinGroup{GroupId: c.id})
		c.advance(time.Second)
		c.out.code(25424, &troupev1.JoinGroup{GroupId: c.id})
		for _, q := range []*peer{c.alice, c.adam} {
			page := q.records(&troupev1.ListApplications{Directions: []troupev1.Direction{troupev1.Direction_DIRECTION_APPLICATION_RECEIVED}})
			require.EqualValues(t, 2, page.GetUnread())
			require.Empty(t, page.GetNextCursor())
			require.Len(t, page.GetApplications(), 2)
			for i, applicant := range []string{"out", "carol"} {
				a := page.GetApplications()[i]
				require.Equal(t, c.id, a.GetGroupId())
				require.Equal(t, applicant, a.GetApplicantId())
				require.Equal(t, troupev1.ApplicationType_APPLICATION_TYPE_JOIN, a.GetType())
				require.Equal(t, troupev1.ApplicationState_APPLICATION_STATE_ADMIN_PENDING, a.GetState())
			}
		}
		page := c.bob.records(&troupev1.ListApplications{})
		require.Empty(t, page.GetApplications(), "an ordinary member has none to handle")
		require.Zero(t, page.GetUnread())
	})

	t.Run("V-044", func(t *testing.T) {
		c := newClub(t)
		c.applied("")
		c.advance(time.Second)
		c.alice.ok(&troupev1.MarkApplicationsRead{})
		silent(c.peers...)
		page := c.alice.records(&troupev1.ListApplications{})
		require.Zero(t, page.GetUnread())
		require.Len(t, page.GetApplications(), 1, "read is not gone")
		require.EqualValues(t, 1, c.adam.records(&troupev1.ListApplications{}).GetUnread(), "everybody has their own mark")
		c.advance(time.Second)
		c.out.code(25424, &troupev1.JoinGroup{GroupId: c.id})
		require.EqualValues(t, 1, c.alice.records(&troupev1.ListApplications{}).GetUnread())
	})

	t.Run("V-069", func(t *testing.T) {
		c := newClub(t)
		c.carol.code(25424, &troupev1.JoinGroup{GroupId: c.id, Message: "it's me!"})
		e := c.adam.until("notice 1", func(e *troupev1.Event) bool { return e.GetSystemNotice().GetNoticeType() == 1 })
		list := c.adam.records(&troupev1.ListApplications{}).GetApplications()
		require.Len(t, list, 1)
		require.Equal(t, e.GetSystemNotice().GetOperatorId(), list[0].GetApplicantId())
		require.Equal(t, e.GetSystemNotice().GetApplicationId(), list[0].GetApplicationId())
		require.Equal(t, "carol", list[0].GetApplicant().GetUserId())
	})
}

// Deciding an application.
func TestV2TIMHandling(t *testing.T) {
	t.Parallel()
	accepted := func(c *club, by *peer) map[*peer]heard {
		staff := counts{tips: 1, updated: 1}
		a := by.ok(c.acceptance())
		require.Equal(c.t, troupev1.Outcome_OUTCOME_JOINED, a.GetAcceptApplication().GetOutcome())
		return c.hears(scene{c.alice: staff, c.adam: staff, c.bob: {tips: 1}, c.carol: {tips: 1, updated: 1, notices: 1}})
	}

	t.Run("V-038", func(t *testing.T) {
		for _, by := range []func(*club) *peer{func(c *club) *peer { return c.alice }, func(c *club) *peer { return c.adam }} {
			c := newClub(t)
			c.applied("")
			handler := by(c)
			h := accepted(c, handler)
			for _, q := range []*peer{c.alice, c.adam, c.carol} {
				record := h[q].updated[0].GetRecord()
				require.Equal(t, troupev1.ApplicationState_APPLICATION_STATE_JOINED, record.GetState())
				require.Equal(t, handler.user, record.GetHandlerId())
			}
			require.Equal(t, []string{"alice", "adam", "bob", "carol"}, c.carol.roster(c.id))
			c.carol.ok(text(c.id, "thanks"))
			c.hears(scene{c.alice: {messages: 1}, c.adam: {messages: 1}, c.bob: {messages: 1}})
		}
	})

	t.Run("V-041_V-070", func(t *testing.T) {
		c := newClub(t)
		c.applied("")
		h := accepted(c, c.adam)
		require.Equal(t, "welcome", h[c.carol].theNotice(2, c.id, "adam").GetRemark())
		h[c.carol].entered(troupev1.JoinMethod_JOIN_METHOD_APPROVED, "adam", "carol")
	})

	t.Run("V-043", func(t *testing.T) {
		c := newClub(t)
		c.applied("")
		h := accepted(c, c.alice)
		for _, q := range []*peer{c.alice, c.adam, c.bob, c.carol} {
			h[q].entered(troupev1.JoinMethod_JOIN_METHOD_APPROVED, "alice", "carol")
		}
	})

	t.Run("V-039_V-042", func(t *testing.T) {
		c := newClub(t)
		c.applied("")
		c.adam.ok(c.refusal())
		h := c.hears(scene{c.alice: {updated: 1}, c.adam: {updated: 1}, c.carol: {updated: 1, notices: 1}})
		n := h[c.carol].theNotice(3, c.id, "adam")
		require.Equal(t, "full up", n.GetRemark())
		record := h[c.alice].updated[0].GetRecord()
		require.Equal(t, troupev1.ApplicationState_APPLICATION_STATE_ADMIN_REFUSED, record.GetState())
		require.Equal(t, "adam", record.GetHandlerId())
		require.Equal(t, []string{"alice", "adam", "bob"}, c.alice.roster(c.id))
		c.carol.code(11004, text(c.id, "why?"))
		silent(c.peers...)
	})

	t.Run("V-068", func(t *testing.T) {
		c := newClub(t)
		c.applied("")
		accepted(c, c.alice)
		for _, q := range []*peer{c.alice, c.adam} {
			a := q.code(10024, c.refusal())
			require.Equal(t, "application_already_handled", a.GetError())
			q.code(10024, c.acceptance())
		}
		silent(c.peers...)
		require.Equal(t, []string{"alice", "adam", "bob", "carol"}, c.carol.roster(c.id))
		list := c.adam.records(&troupev1.ListApplications{}).GetApplications()
		require.Equal(t, troupev1.ApplicationState_APPLICATION_STATE_JOINED, list[0].GetState())
	})

	t.Run("V-040", func(t *testing.T) {
		c := newClub(t)
		c.applied("")
		c.bob.code(10007, c.acceptance())
		c.bob.code(10007, c.refusal())
		c.out.code(10007, c.acceptance())
		c.carol.code(10007, c.acceptance())
		silent(c.peers...)
		c.alice.code(11005, &troupev1.AcceptApplication{GroupId: c.id, ApplicantId: "out"})
		c.alice.ok(c.refusal())
		forget(c.peers...)
		c.adam.code(10024, c.acceptance())
		c.adam.code(10024, c.refusal())
		silent(c.peers...)

		c.applied("once more")
		c.advance(7 * 24 * time.Hour)
		c.alice.code(11006, c.acceptance())
		c.adam.code(11006, c.refusal())
		for _, q := range []*peer{c.alice, c.adam, c.carol} {
			q.gets(1)
		}
		h := c.hears(scene{c.alice: {updated: 1}, c.adam: {updated: 1}, c.carol: {updated: 1}})
		require.Equal(t, troupev1.ApplicationState_APPLICATION_STATE_EXPIRED, h[c.carol].updated[0].GetRecord().GetState())
		require.Equal(t, []string{"alice", "adam", "bob"}, c.alice.roster(c.id))
	})
}
