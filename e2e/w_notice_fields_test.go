package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestWebimNoticeFields(t *testing.T) {
	t.Parallel()
	t.Run("W-141", func(t *testing.T) {
		z := newPublic(t)
		root := z.w.device("root", "")
		apply := &troupev1.JoinGroup{GroupId: "g", Message: "please"}
		for _, step := range []struct {
			by       *peer
			op       proto.Message
			code     int32
			to       *peer
			report   uint32
			operator string
			remark   string
		}{
			{z.ned, apply, 25424, z.owner, 1, "ned", "please"},
			{z.admin, &troupev1.RefuseApplication{GroupId: "g", ApplicantId: "ned", Reason: "no"}, 0, z.ned, 3, "adam", "no"},
			{z.ned, apply, 25424, z.admin, 1, "ned", "please"},
			{z.owner, &troupev1.AcceptApplication{GroupId: "g", ApplicantId: "ned", Message: "yes"}, 0, z.ned, 2, "olga", "yes"},
			{z.owner, &troupev1.SetMemberRole{GroupId: "g", UserId: "ned", Role: troupev1.Role_ROLE_ADMIN}, 0, z.ned, 9, "olga", ""},
			{z.owner, &troupev1.SetMemberRole{GroupId: "g", UserId: "ned", Role: troupev1.Role_ROLE_MEMBER}, 0, z.ned, 10, "olga", ""},
			{z.admin, &troupev1.KickMembers{GroupId: "g", UserIds: []string{"ned"}, Reason: "out"}, 0, z.ned, 4, "adam", "out"},
			{root, &troupev1.InviteMembers{GroupId: "g", UserIds: []string{"ned"}, Message: "sorry"}, 0, z.ned, 7, "root", "sorry"},
			{z.ned, &troupev1.LeaveGroup{GroupId: "g"}, 0, z.ned, 8, "ned", ""},
			{root, &troupev1.SendCustomNotice{GroupId: "g", Content: []byte("x")}, 0, z.member, 255, "root", ""},
			{z.owner, &troupev1.DismissGroup{GroupId: "g"}, 0, z.member, 5, "olga", ""},
		} {
			z.w.advance(time.Second)
			step.by.code(step.code, step.op)
			h := step.to.hear()
			n := h.theNotice(step.report, "g", step.operator)
			require.Equal(t, "The group", n.GetGroupName(), "%d", step.report)
			require.Equal(t, z.w.now(), n.GetTime(), "%d", step.report)
			require.Equal(t, step.remark, n.GetRemark(), "%d", step.report)
			stored := first(t, step.to.ok(&troupev1.ListSystemNotices{}).GetListSystemNotices().GetNotices())
			require.True(t, proto.Equal(n, stored), "pushed %v\nstored %v", n, stored)
			forget(z.w.peers...)
		}
	})
}

func TestWebimNoticesOnAllDevices(t *testing.T) {
	t.Parallel()
	t.Run("W-011", func(t *testing.T) {
		z := newPublic(t)
		phone := z.w.device("olga", "phone")
		later := z.w.login("olga", "later")
		z.ned.code(25424, &troupev1.JoinGroup{GroupId: "g"})
		both := counts{added: 1, notices: 1}
		h := z.hears(scene{z.ned: {added: 1}, z.admin: both, z.owner: both, phone: both})
		n := h[z.owner].theNotice(1, "g", "ned")
		require.True(t, proto.Equal(n, h[phone].notices[0]), "the same on each device")
		phone.ok(&troupev1.AcceptApplication{GroupId: "g", ApplicantId: "ned"})
		told := counts{updated: 1, tips: 1}
		z.hears(scene{
			z.owner: told, phone: told, z.admin: told, z.member: {tips: 1}, z.ned: {updated: 1, tips: 1, notices: 1},
		})
		z.owner.ok(&troupev1.DismissGroup{GroupId: "g"})
		over := counts{notices: 1, convs: 1}
		h = z.hears(z.all(over, scene{phone: over, z.ned: over}))
		require.True(t, proto.Equal(h[z.owner].notices[0], h[phone].notices[0]))
		var types []uint32
		for _, n := range later.ok(&troupev1.ListSystemNotices{}).GetListSystemNotices().GetNotices() {
			types = append(types, n.GetNoticeType())
		}
		require.Equal(t, []uint32{5, 1, 6}, types, "newest first")
		silent(z.w.peers...)
	})
}
