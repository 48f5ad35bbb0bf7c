package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestWebimApplyJoinGroup(t *testing.T) {
	t.Parallel()
	filed := scene{}
	apply := &troupev1.JoinGroup{GroupId: "g", Message: "let me in", UserDefinedField: "ticket 7"}
	t.Run("W-089", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPublic, "g"))
		z.ned.code(25424, apply)
		filed = scene{z.ned: {added: 1}, z.owner: {added: 1, notices: 1}, z.admin: {added: 1, notices: 1}}
		h := z.hears(filed)
		r := h[z.admin].record(h[z.admin].added, zimReceived, zimPending)
		require.Equal(t, "let me in", r.GetMessage())
		require.Equal(t, "ticket 7", r.GetUserDefinedField())
		z.in("olga", "adam", "mike")
		z.found(webGroup(webChatRoom, "room"))
		z.ned.ok(&troupev1.JoinGroup{GroupId: "room", Message: "let me in", UserDefinedField: "ticket 7"})
		z.hears(z.all(counts{tips: 1}, scene{z.ned: {tips: 1}}))
		z.found(webGroup(webPrivate, "den"))
		refusedQuietly(z.ned, 11001, &troupev1.JoinGroup{GroupId: "den", Message: "let me in"})
	})
	t.Run("W-090", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPublic, "g"))
		long := strings.Repeat("申", 100)
		refusedQuietly(z.ned, 10004, &troupev1.JoinGroup{GroupId: "g", Message: long + "."}, &troupev1.JoinGroup{GroupId: "g", Message: strings.Repeat("x", 301)})
		require.Empty(t, z.owner.records(&troupev1.ListApplications{}).GetApplications())
		z.ned.code(25424, &troupev1.JoinGroup{GroupId: "g", Message: long})
		h := z.hears(scene{z.ned: {added: 1}, z.owner: {added: 1, notices: 1}, z.admin: {added: 1, notices: 1}})
		require.Equal(t, long, h[z.owner].notices[0].GetRemark())
	})
	t.Run("W-091", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webChatRoom, "g"))
		got := z.ned.ok(apply).GetJoinGroup()
		require.Equal(t, troupev1.Outcome_OUTCOME_JOINED, got.GetOutcome())
		h := z.hears(z.all(counts{tips: 1}, scene{z.ned: {tips: 1}}))
		for p := range z.all(counts{}, scene{z.ned: {}}) {
			h[p].entered(troupev1.JoinMethod_JOIN_METHOD_SELF, "ned", "ned")
		}
		z.in("olga", "adam", "mike", "ned")
		refusedQuietly(z.owner, 11003, z.join(zimApproval))
	})
	t.Run("W-092", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPublic, "g"))
		got := z.ned.code(25424, apply).GetJoinGroup()
		require.Equal(t, troupev1.Outcome_OUTCOME_WAIT_APPROVAL, got.GetOutcome())
		z.hears(scene{z.ned: {added: 1}, z.owner: {added: 1, notices: 1}, z.admin: {added: 1, notices: 1}})
		z.in("olga", "adam", "mike")
		refusedQuietly(z.ned, 11004, text("g", "in?"))
		z.w.advance(24 * time.Hour)
		z.hears(nil)
		z.in("olga", "adam", "mike")
		z.owner.ok(&troupev1.AcceptApplication{GroupId: "g", ApplicantId: "ned"})
		z.in("olga", "adam", "mike", "ned")
	})
}

// asked is notice 1 of an application that ned has just filed.
func (z *ensemble) asked(message, field string) *troupev1.SystemNotice {
	z.t.Helper()
	z.ned.code(25424, &troupev1.JoinGroup{GroupId: "g", Message: message, UserDefinedField: field})
	h := z.hears(scene{z.ned: {added: 1}, z.owner: {added: 1, notices: 1}, z.admin: {added: 1, notices: 1}})
	return h[z.owner].theNotice(1, "g", "ned")
}

// decided is what is heard when an application is accepted or refused.
func (z *ensemble) decided(entered bool) scene {
	if entered {
		return scene{
			z.owner: {updated: 1, tips: 1}, z.admin: {updated: 1, tips: 1}, z.member: {tips: 1},
			z.ned: {updated: 1, tips: 1, notices: 1},
		}
	}
	return scene{z.owner: {updated: 1}, z.admin: {updated: 1}, z.ned: {updated: 1, notices: 1}}
}

func TestWebimHandleApplyJoinGroup(t *testing.T) {
	t.Parallel()
	t.Run("W-093_W-094", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPublic, "g"))
		z.asked("", "")
		z.admin.ok(&troupev1.RefuseApplication{GroupId: "g", ApplicantId: "ned"})
		h := z.hears(z.decided(false))
		h[z.ned].theNotice(3, "g", "adam")
		z.in("olga", "adam", "mike")
		z.asked("", "")
		z.owner.ok(&troupev1.AcceptApplication{GroupId: "g", ApplicantId: "ned"})
		h = z.hears(z.decided(true))
		h[z.ned].theNotice(2, "g", "olga")
		z.in("olga", "adam", "mike", "ned")
		refusedQuietly(z.admin, 10024, &troupev1.RefuseApplication{GroupId: "g", ApplicantId: "ned"})
		refusedQuietly(z.admin, 11005, &troupev1.AcceptApplication{GroupId: "g", ApplicantId: "out"})
	})
	t.Run("W-095", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPublic, "g"))
		n := z.asked("", "")
		require.NotEmpty(t, n.GetAuthentication())
		require.NotEmpty(t, n.GetMsgKey())
		accept := func(authentication, key string) *troupev1.AcceptApplication {
			return &troupev1.AcceptApplication{GroupId: "g", ApplicantId: "ned", Authentication: authentication, MsgKey: key}
		}
		refusedQuietly(z.owner, 11007, accept("forged", n.GetMsgKey()), accept(n.GetAuthentication(), "forged"), accept("forged", ""),
			&troupev1.RefuseApplication{GroupId: "g", ApplicantId: "ned", Authentication: "forged", MsgKey: n.GetMsgKey()})
		z.in("olga", "adam", "mike")
		z.owner.ok(accept(n.GetAuthentication(), n.GetMsgKey()))
		z.hears(z.decided(true))
		z.in("olga", "adam", "mike", "ned")
	})
	t.Run("W-096", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPublic, "g"))
		z.asked("", "")
		z.owner.ok(&troupev1.RefuseApplication{GroupId: "g", ApplicantId: "ned", Reason: "come back later"})
		require.Equal(t, "come back later", z.hears(z.decided(false))[z.ned].theNotice(3, "g", "olga").GetRemark())
		z.asked("", "")
		long := strings.Repeat("言", 128)
		refusedQuietly(z.owner, 10004, &troupev1.AcceptApplication{GroupId: "g", ApplicantId: "ned", Message: long + "."})
		z.owner.ok(&troupev1.AcceptApplication{GroupId: "g", ApplicantId: "ned", Message: long})
		require.Equal(t, long, z.hears(z.decided(true))[z.ned].theNotice(2, "g", "olga").GetRemark())
	})
	t.Run("W-097", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPublic, "g"))
		field := strings.Repeat("界", 333) + "."
		require.Equal(t, field, z.asked("", field).GetUserDefinedField())
		refusedQuietly(z.out, 10004, &troupev1.JoinGroup{GroupId: "g", UserDefinedField: field + "."})
		notices := z.admin.ok(&troupev1.ListSystemNotices{}).GetListSystemNotices().GetNotices()
		require.EqualValues(t, 1, first(t, notices).GetNoticeType())
		require.Equal(t, field, first(t, notices).GetUserDefinedField())
	})
	t.Run("W-098", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPublic, "g"))
		var keys []*troupev1.ApplicationKey
		for _, p := range []*peer{z.ned, z.out} {
			p.code(25424, &troupev1.JoinGroup{GroupId: "g"})
			n := z.owner.hear().exactly(counts{added: 1, notices: 1}).notices[0]
			require.Equal(t, "@TIM#SYSTEM", n.GetFrom())
			keys = append(keys, &troupev1.ApplicationKey{Seq: n.GetSeq(), Random: n.GetRandom()})
		}
		forget(z.w.peers...)
		wrong := &troupev1.ApplicationKey{Seq: keys[0].GetSeq(), Random: keys[0].GetRandom() + 1}
		shown := func(p *peer) (notices, records int) {
			t.Helper()
			for _, n := range p.ok(&troupev1.ListSystemNotices{}).GetListSystemNotices().GetNotices() {
				if n.GetNoticeType() == 1 {
					notices++
				}
			}
			return notices, len(p.records(&troupev1.ListApplications{}).GetApplications())
		}
		removes := func(want uint32, keys ...*troupev1.ApplicationKey) {
			t.Helper()
			got := z.owner.ok(&troupev1.DeleteApplications{Applications: keys}).GetDeleteApplications()
			require.Equal(t, want, got.GetCount())
		}
		removes(0, wrong)
		notices, _ := shown(z.owner)
		require.Equal(t, 2, notices)
		removes(2, append(keys, wrong)...)
		notices, _ = shown(z.owner)
		require.Zero(t, notices)
		notices, records := shown(z.admin)
		require.Equal(t, 2, notices, "others still see them")
		require.Equal(t, 2, records)
		silent(z.w.peers...)
		z.owner.ok(&troupev1.AcceptApplication{GroupId: "g", ApplicantId: "ned"})
		z.in("olga", "adam", "mike", "ned")
	})
}
