package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// tipFields asserts what every tip carries, and that it carries nothing that
// belongs to another type.
func (z *ensemble) tipFields(h heard, tipType uint32, event, operator string, users ...string) *troupev1.GroupTip {
	z.t.Helper()
	tip := h.theTip(tipType, operator, users...)
	require.Equal(z.t, event, tip.GetEvent())
	require.Equal(z.t, z.g, tip.GetGroupId())
	require.Equal(z.t, "The group", tip.GetGroupName())
	require.EqualValues(z.t, len(users), tip.GetUserCount())
	require.Equal(z.t, z.w.now(), tip.GetTime())
	require.Equal(z.t, tipType == 6, len(tip.GetChanges()) > 0, "groupInfoList")
	require.Equal(z.t, tipType == 7, len(tip.GetMembers()) > 0, "memberInfoList")
	return tip
}

// tipToAll asserts a tip to owner, admin, member and those in others, who may
// get more besides it.
func (z *ensemble) tipToAll(others scene, tipType uint32, event, operator string, users ...string) map[*peer]heard {
	z.t.Helper()
	s := z.all(counts{tips: 1}, others)
	h := z.hears(s)
	for p := range s {
		z.tipFields(h[p], tipType, event, operator, users...)
	}
	return h
}

// newPublic is a public group of webim.
func newPublic(t *testing.T) *ensemble {
	t.Helper()
	return newEnsemble(t, webGroup(webPublic, "g"))
}

func TestWebimTips(t *testing.T) {
	t.Parallel()
	t.Run("W-116", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPrivate, "g"))
		z.w.known("nell")
		z.member.ok(&troupev1.InviteMembers{GroupId: "g", UserIds: []string{"ned", "nell"}})
		h := z.tipToAll(scene{z.ned: {tips: 1, notices: 1}}, 1, "member_joined", "mike", "ned", "nell")
		require.Equal(t, troupev1.JoinMethod_JOIN_METHOD_INVITED, h[z.owner].tips[0].GetJoinMethod())
	})
	t.Run("W-117", func(t *testing.T) {
		z := newPublic(t)
		z.member.ok(&troupev1.LeaveGroup{GroupId: "g"})
		z.tipToAll(scene{z.member: {tips: 1, notices: 1, convs: 1}}, 2, "member_left", "mike", "mike")
	})
	t.Run("W-118", func(t *testing.T) {
		z := newPublic(t)
		z.admin.ok(&troupev1.KickMembers{GroupId: "g", UserIds: []string{"mike"}})
		z.tipToAll(scene{z.member: {tips: 1, notices: 1, convs: 1}}, 3, "member_kicked", "adam", "mike")
	})
	t.Run("W-119", func(t *testing.T) {
		z := newPublic(t)
		z.owner.ok(&troupev1.SetMemberRole{GroupId: "g", UserId: "mike", Role: troupev1.Role_ROLE_ADMIN})
		h := z.tipToAll(scene{z.member: {tips: 1, notices: 1}}, 4, "admin_set", "olga", "mike")
		require.Equal(t, troupev1.Role_ROLE_ADMIN, h[z.admin].tips[0].GetUsers()[0].GetRole())
	})
	t.Run("W-120", func(t *testing.T) {
		z := newPublic(t)
		z.owner.ok(&troupev1.SetMemberRole{GroupId: "g", UserId: "adam", Role: troupev1.Role_ROLE_MEMBER})
		h := z.tipToAll(scene{z.admin: {tips: 1, notices: 1}}, 5, "admin_cancelled", "olga", "adam")
		require.Equal(t, troupev1.Role_ROLE_MEMBER, h[z.member].tips[0].GetUsers()[0].GetRole())
	})
	t.Run("W-122", func(t *testing.T) {
		z := newPublic(t)
		z.admin.ok(&troupev1.MuteMembers{GroupId: "g", UserIds: []string{"mike"}, Duration: proto.Int64(600)})
		z.tipToAll(nil, 7, "member_info_changed", "adam")
	})
	t.Run("W-126", func(t *testing.T) {
		z := newPublic(t)
		z.owner.ok(&troupev1.MuteMembers{GroupId: "g", UserIds: []string{"mike", "adam"}, Duration: proto.Int64(600)})
		h := z.tipToAll(nil, 7, "member_info_changed", "olga")
		lifted := &troupev1.MuteMembers{GroupId: "g", UserIds: []string{"mike"}, Duration: proto.Int64(0)}
		for p := range z.all(counts{}, nil) {
			requireMutes(t, h[p].tips[0], &troupev1.MemberChange{UserId: "mike", MuteSeconds: proto.Int64(600)},
				&troupev1.MemberChange{UserId: "adam", MuteSeconds: proto.Int64(600)})
		}
		z.owner.ok(lifted)
		h = z.tipToAll(nil, 7, "member_info_changed", "olga")
		for p := range z.all(counts{}, nil) {
			requireMutes(t, h[p].tips[0], &troupev1.MemberChange{UserId: "mike", MuteSeconds: proto.Int64(0)})
		}
		z.owner.ok(&troupev1.SetNameCard{GroupId: "g", UserId: "mike", NameCard: "Mike"})
		h = z.tipToAll(nil, 7, "member_info_changed", "olga")
		require.Nil(t, first(t, h[z.member].tips[0].GetMembers()).MuteSeconds, "the mute did not change")
	})
}

func requireMutes(t *testing.T, tip *troupev1.GroupTip, want ...*troupev1.MemberChange) {
	t.Helper()
	require.Len(t, tip.GetMembers(), len(want))
	for i, m := range want {
		require.True(t, proto.Equal(m, tip.GetMembers()[i]), "want %v\ngot  %v", m, tip.GetMembers()[i])
	}
}

func requireChanges(t *testing.T, tip *troupev1.GroupTip, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for _, c := range tip.GetChanges() {
		require.NotNil(t, c.Value)
		got[c.GetField()] = c.GetValue()
	}
	require.Equal(t, want, got)
	require.Len(t, tip.GetChanges(), len(want))
}

func TestWebimInfoTips(t *testing.T) {
	t.Parallel()
	t.Run("W-121_W-124", func(t *testing.T) {
		z := newPublic(t)
		z.admin.ok(&troupev1.UpdateGroupProfile{GroupId: "g", Announcement: proto.String("new rules"), Introduction: proto.String("new aims")})
		h := z.tipToAll(nil, 6, "group_info_changed", "adam")
		for p := range z.all(counts{}, nil) {
			requireChanges(t, h[p].tips[0], map[string]string{"announcement": "new rules", "introduction": "new aims"})
		}
	})
	t.Run("W-125_W-128", func(t *testing.T) {
		z := newPublic(t)
		edit := func(u *troupev1.UpdateGroupProfile) *troupev1.UpdateGroupProfile {
			u.GroupId = "g"
			return u
		}
		for _, step := range []struct {
			op           proto.Message
			field, value string
		}{
			{edit(&troupev1.UpdateGroupProfile{Avatar: proto.String("new.png")}), "avatar", "new.png"},
			{edit(&troupev1.UpdateGroupProfile{Announcement: proto.String("new rules")}), "announcement", "new rules"},
			{edit(&troupev1.UpdateGroupProfile{Announcement: proto.String("")}), "announcement", ""},
			{edit(&troupev1.UpdateGroupProfile{Introduction: proto.String("new aims")}), "introduction", "new aims"},
			{&troupev1.TransferOwner{GroupId: "g", NewOwnerId: "mike"}, "owner", "mike"},
		} {
			z.owner.ok(step.op)
			h := z.tipToAll(nil, 6, "group_info_changed", "olga")
			for p := range z.all(counts{}, nil) {
				requireChanges(t, h[p].tips[0], map[string]string{step.field: step.value})
			}
		}
		z.member.ok(edit(&troupev1.UpdateGroupProfile{Name: proto.String("New name"), Avatar: proto.String("new.png")}))
		h := z.hears(z.all(counts{tips: 1}, nil))
		for p := range z.all(counts{}, nil) {
			tip := h[p].theTip(6, "mike")
			require.Equal(t, "g", tip.GetGroupId())
			requireChanges(t, tip, map[string]string{"name": "New name"})
		}
	})
}

func TestWebimTipFields(t *testing.T) {
	t.Parallel()
	t.Run("W-123", func(t *testing.T) {
		z := newPublic(t)
		root := z.w.device("root", "")
		for _, step := range []struct {
			by       *peer
			op       proto.Message
			opType   uint32
			event    string
			opUserID string
			users    []string
		}{
			{root, &troupev1.InviteMembers{GroupId: "g", UserIds: []string{"ned", "out"}}, 1, "member_joined", "root", []string{"ned", "out"}},
			{z.out, &troupev1.LeaveGroup{GroupId: "g"}, 2, "member_left", "out", []string{"out"}},
			{z.admin, &troupev1.KickMembers{GroupId: "g", UserIds: []string{"ned"}}, 3, "member_kicked", "adam", []string{"ned"}},
			{z.owner, &troupev1.SetMemberRole{GroupId: "g", UserId: "mike", Role: troupev1.Role_ROLE_ADMIN}, 4, "admin_set", "olga", []string{"mike"}},
			{z.owner, &troupev1.SetMemberRole{GroupId: "g", UserId: "mike", Role: troupev1.Role_ROLE_MEMBER}, 5, "admin_cancelled", "olga", []string{"mike"}},
			{z.admin, &troupev1.UpdateGroupProfile{GroupId: "g", Introduction: proto.String("new")}, 6, "group_info_changed", "adam", nil},
			{z.admin, &troupev1.MuteMembers{GroupId: "g", UserIds: []string{"mike"}, Duration: proto.Int64(1)}, 7, "member_info_changed", "adam", nil},
		} {
			next := z.owner.profile("g").GetNextSeq()
			step.by.ok(step.op)
			for _, p := range []*peer{z.owner, z.admin, z.member} {
				h := p.hear()
				tip := z.tipFields(h, step.opType, step.event, step.opUserID, step.users...)
				require.Equal(t, next, tip.GetSeq())
			}
			silent(root)
			history := z.member.ok(&troupev1.GetGroupHistory{GroupId: "g"}).GetGetGroupHistory().GetMessages()
			require.NotEmpty(t, history)
			last := history[len(history)-1]
			require.Equal(t, next, last.GetSeq())
			require.Equal(t, step.opType, tipOf(last).GetTipType())
		}
	})
}
