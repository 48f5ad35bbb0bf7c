package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestWebimQuitAndDestroy(t *testing.T) {
	t.Parallel()
	t.Run("W-099", func(t *testing.T) {
		for _, kind := range []troupev1.Kind{webPrivate, webPublic, webChatRoom} {
			z := newEnsemble(t, webGroup(kind, "g"))
			require.Equal(t, "g", z.member.ok(&troupev1.LeaveGroup{GroupId: "g"}).GetLeaveGroup().GetGroupId())
			h := z.hears(scene{z.owner: {tips: 1}, z.admin: {tips: 1}, z.member: {tips: 1, notices: 1, convs: 1}})
			h[z.member].left("mike")
			h[z.member].disabled("g")
			z.in("olga", "adam")
			refusedQuietly(z.member, 11004, text("g", "bye"), &troupev1.LeaveGroup{GroupId: "g"})
			z.owner.ok(text("g", "gone"))
			z.hears(scene{z.admin: {messages: 1}})
		}
	})
	t.Run("W-100", func(t *testing.T) {
		for _, kind := range []troupev1.Kind{webPublic, webChatRoom} {
			z := newEnsemble(t, webGroup(kind, "g"))
			refusedQuietly(z.admin, 10007, &troupev1.DismissGroup{GroupId: "g"})
			require.Equal(t, "g", z.owner.ok(&troupev1.DismissGroup{GroupId: "g"}).GetDismissGroup().GetGroupId())
			h := z.hears(z.all(counts{notices: 1, convs: 1}, nil))
			for p := range z.all(counts{}, nil) {
				h[p].theNotice(5, "g", "olga")
				h[p].disabled("g")
				refusedQuietly(p, 10010, text("g", "anybody?"), &troupev1.LeaveGroup{GroupId: "g"})
			}
		}
	})
}

func TestWebimAddGroupMember(t *testing.T) {
	t.Parallel()
	t.Run("W-109", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPrivate, "g"))
		nell, root := z.w.device("nell", ""), z.w.device("root", "")
		add := func(by *peer, want map[string]troupev1.Outcome, users ...string) {
			t.Helper()
			got := by.ok(&troupev1.InviteMembers{GroupId: z.g, UserIds: users}).GetInviteMembers()
			require.Equal(t, want, outcomes(got.GetUsers()))
			s := z.all(counts{tips: 1}, scene{z.ned: {tips: 1, notices: 1}, nell: {tips: 1, notices: 1}})
			h := z.hears(s)
			for p := range s {
				h[p].entered(troupev1.JoinMethod_JOIN_METHOD_INVITED, by.user, "ned", "nell")
			}
			for _, p := range []*peer{z.ned, nell} {
				h[p].theNotice(7, z.g, by.user)
			}
			z.in("olga", "adam", "mike", "ned", "nell")
		}
		joined := troupev1.Outcome_OUTCOME_JOINED
		add(z.member, map[string]troupev1.Outcome{
			"ned": joined, "nell": joined, "ghost": troupev1.Outcome_OUTCOME_FAILED, "olga": troupev1.Outcome_OUTCOME_ALREADY_MEMBER,
		}, "ned", "ghost", "nell", "olga")
		for _, kind := range []troupev1.Kind{webPublic, webChatRoom} {
			z.found(webGroup(kind, kind.String()))
			for _, p := range []*peer{z.member, z.admin, z.owner} {
				refusedQuietly(p, 11008, &troupev1.InviteMembers{GroupId: z.g, UserIds: []string{"ned"}})
			}
			add(root, map[string]troupev1.Outcome{"ned": joined, "nell": joined}, "ned", "nell")
		}
	})
}

func TestWebimModifyGroupMember(t *testing.T) {
	t.Parallel()
	set := func(user string, role troupev1.Role) *troupev1.SetMemberRole {
		return &troupev1.SetMemberRole{GroupId: "g", UserId: user, Role: role}
	}
	t.Run("W-110", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPublic, "g"))
		phone := z.w.device("mike", "")
		for _, step := range []struct {
			remind   troupev1.RemindType
			messages int
		}{
			{troupev1.RemindType_REMIND_TYPE_ACCEPT_SILENT, 1},
			{troupev1.RemindType_REMIND_TYPE_DISCARD, 0},
			{troupev1.RemindType_REMIND_TYPE_ACCEPT_NOTIFY, 1},
		} {
			z.member.ok(&troupev1.SetRemindType{GroupId: "g", RemindType: step.remind})
			h := z.hears(scene{z.member: {convs: 1}, phone: {convs: 1}})
			for _, p := range []*peer{z.member, phone} {
				require.Equal(t, "g", h[p].convs[0].GetConversation().GetId())
				require.Equal(t, step.remind, h[p].convs[0].GetRemindType())
			}
			require.Equal(t, step.remind, z.member.profile("g").GetSelf().GetRemindType())
			require.Equal(t, troupev1.RemindType_REMIND_TYPE_ACCEPT_NOTIFY, z.admin.profile("g").GetSelf().GetRemindType())
			z.owner.ok(text("g", "hello"))
			own := counts{messages: step.messages}
			z.hears(scene{z.admin: {messages: 1}, z.member: own, phone: own})
			z.owner.ok(&troupev1.SetNameCard{GroupId: "g", NameCard: step.remind.String()})
			z.hears(z.all(counts{tips: 1}, scene{phone: {tips: 1}}))
		}
		refusedQuietly(z.owner, 10007, &troupev1.SetRemindType{GroupId: "g", UserId: "mike", RemindType: troupev1.RemindType_REMIND_TYPE_DISCARD})
	})
	t.Run("W-111", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPublic, "g"))
		for _, p := range []*peer{z.admin, z.member} {
			refusedQuietly(p, 10007, set("mike", troupev1.Role_ROLE_ADMIN), set("adam", troupev1.Role_ROLE_MEMBER))
		}
		got := z.owner.ok(set("mike", troupev1.Role_ROLE_ADMIN)).GetSetMemberRole()
		require.Equal(t, troupev1.Role_ROLE_ADMIN, got.GetMember().GetRole())
		z.hears(z.all(counts{tips: 1}, scene{z.member: {tips: 1, notices: 1}}))
		require.Equal(t, troupev1.Role_ROLE_ADMIN, z.member.profile("g").GetSelf().GetRole())
		z.owner.ok(set("mike", troupev1.Role_ROLE_MEMBER))
		z.hears(z.all(counts{tips: 1}, scene{z.member: {tips: 1, notices: 1}}))
		require.Equal(t, troupev1.Role_ROLE_MEMBER, z.member.profile("g").GetSelf().GetRole())
		z.owner.ok(set("mike", troupev1.Role_ROLE_MEMBER))
		z.hears(nil)
	})
}

func TestWebimForbidSendMsg(t *testing.T) {
	t.Parallel()
	mute := func(seconds int64, users ...string) *troupev1.MuteMembers {
		return &troupev1.MuteMembers{GroupId: "g", UserIds: users, Duration: &seconds}
	}
	t.Run("W-112", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPublic, "g"))
		refusedQuietly(z.member, 10007, mute(600, "mike"))
		got := z.owner.ok(mute(600, "mike", "adam", "ned")).GetMuteMembers()
		require.Equal(t, map[string]troupev1.Outcome{
			"mike": troupev1.Outcome_OUTCOME_MUTED, "adam": troupev1.Outcome_OUTCOME_MUTED, "ned": troupev1.Outcome_OUTCOME_FAILED,
		}, outcomes(got.GetUsers()))
		h := z.hears(z.all(counts{tips: 1}, nil))
		require.Len(t, h[z.admin].theTip(7, "olga").GetMembers(), 2)
		for _, p := range []*peer{z.member, z.admin} {
			a := p.code(10017, text("g", "psst"))
			require.Equal(t, z.w.now()+600_000, a.GetDetails().GetUntil())
		}
		silent(z.w.peers...)
		z.owner.ok(text("g", "quiet now"))
		z.hears(scene{z.admin: {messages: 1}, z.member: {messages: 1}})
	})
	t.Run("W-113", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPublic, "g"))
		refusedQuietly(z.owner, 10004, mute(-1, "mike"), mute(31_536_001, "mike"), &troupev1.MuteMembers{GroupId: "g", UserIds: []string{"mike"}})
		z.member.ok(text("g", "I may"))
		forget(z.w.peers...)
		z.owner.ok(mute(31_536_000, "mike"))
		h := z.hears(z.all(counts{tips: 1}, nil))
		require.EqualValues(t, 31_536_000, first(t, h[z.member].tips[0].GetMembers()).GetMuteSeconds())
		require.Equal(t, z.w.now()+31_536_000_000, z.member.code(10017, text("g", "psst")).GetDetails().GetUntil())
		silent(z.w.peers...)
		z.owner.ok(mute(0, "mike"))
		h = z.hears(z.all(counts{tips: 1}, nil))
		require.Equal(t, proto.Int64(0), first(t, h[z.member].tips[0].GetMembers()).MuteSeconds)
		z.member.ok(text("g", "again"))
		z.hears(scene{z.owner: {messages: 1}, z.admin: {messages: 1}})
	})
}

func TestWebimDeleteGroupMember(t *testing.T) {
	t.Parallel()
	t.Run("W-114", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPublic, "g"))
		refusedQuietly(z.member, 10007, &troupev1.KickMembers{GroupId: "g", UserIds: []string{"adam"}})
		got := z.owner.ok(&troupev1.KickMembers{GroupId: "g", UserIds: []string{"mike", "adam", "ned"}, Reason: "spam"}).GetKickMembers()
		require.Equal(t, map[string]troupev1.Outcome{
			"mike": troupev1.Outcome_OUTCOME_REMOVED, "adam": troupev1.Outcome_OUTCOME_REMOVED, "ned": troupev1.Outcome_OUTCOME_FAILED,
		}, outcomes(got.GetUsers()))
		gone := counts{tips: 1, notices: 1, convs: 1}
		h := z.hears(scene{z.owner: {tips: 1}, z.admin: gone, z.member: gone})
		for _, p := range []*peer{z.owner, z.admin, z.member} {
			require.Equal(t, "spam", h[p].theTip(3, "olga", "mike", "adam").GetReason())
		}
		z.in("olga")
		refusedQuietly(z.member, 11004, text("g", "why"))
	})
	t.Run("W-115", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPublic, "g"))
		root := z.w.device("root", "")
		silently := &troupev1.KickMembers{GroupId: "g", UserIds: []string{"mike"}, Silence: true}
		for _, p := range []*peer{z.owner, z.admin} {
			refusedQuietly(p, 10007, silently)
		}
		z.in("olga", "adam", "mike")
		next := z.owner.profile("g").GetNextSeq()
		root.ok(silently)
		h := z.hears(scene{z.member: {convs: 1}})
		h[z.member].disabled("g")
		z.in("olga", "adam")
		require.Equal(t, next, z.owner.profile("g").GetNextSeq(), "no number is taken")
		refusedQuietly(z.member, 11004, text("g", "hello?"))
		for _, n := range z.member.ok(&troupev1.ListSystemNotices{}).GetListSystemNotices().GetNotices() {
			require.NotEqualValues(t, 4, n.GetNoticeType())
		}
	})
}
