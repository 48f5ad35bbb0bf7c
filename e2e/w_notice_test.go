package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// displayed asserts the hint whether a notice is shown to people.
func displayed(t *testing.T, n *troupev1.SystemNotice, want bool) {
	t.Helper()
	require.NotNil(t, n.Display)
	require.Equal(t, want, n.GetDisplay())
}

func TestWebimNotices(t *testing.T) {
	t.Parallel()
	apply := &troupev1.JoinGroup{GroupId: "g", Message: "let me in"}
	t.Run("W-129", func(t *testing.T) {
		z := newPublic(t)
		z.ned.code(25424, apply)
		h := z.hears(scene{z.ned: {added: 1}, z.owner: {added: 1, notices: 1}, z.admin: {added: 1, notices: 1}})
		for _, p := range []*peer{z.owner, z.admin} {
			n := h[p].theNotice(1, "g", "ned")
			require.Equal(t, "let me in", n.GetRemark())
			displayed(t, n, true)
		}
	})
	t.Run("W-130", func(t *testing.T) {
		z := newPublic(t)
		z.ned.code(25424, apply)
		forget(z.w.peers...)
		z.owner.ok(&troupev1.AcceptApplication{GroupId: "g", ApplicantId: "ned", Message: "welcome"})
		n := z.hears(z.decided(true))[z.ned].theNotice(2, "g", "olga")
		require.Equal(t, "welcome", n.GetRemark())
		displayed(t, n, true)
	})
	t.Run("W-131", func(t *testing.T) {
		z := newPublic(t)
		z.ned.code(25424, apply)
		forget(z.w.peers...)
		z.admin.ok(&troupev1.RefuseApplication{GroupId: "g", ApplicantId: "ned", Reason: "no"})
		n := z.hears(z.decided(false))[z.ned].theNotice(3, "g", "adam")
		require.Equal(t, "no", n.GetRemark())
		displayed(t, n, true)
	})
	t.Run("W-132", func(t *testing.T) {
		z := newPublic(t)
		z.admin.ok(&troupev1.KickMembers{GroupId: "g", UserIds: []string{"mike"}, Reason: "rude"})
		n := z.hears(scene{z.owner: {tips: 1}, z.admin: {tips: 1}, z.member: {tips: 1, notices: 1, convs: 1}})[z.member].theNotice(4, "g", "adam")
		require.Equal(t, "rude", n.GetRemark())
		displayed(t, n, true)
	})
	t.Run("W-133", func(t *testing.T) {
		z := newPublic(t)
		z.member.cut()
		z.owner.ok(&troupev1.DismissGroup{GroupId: "g"})
		h := z.hears(scene{z.owner: {notices: 1, convs: 1}, z.admin: {notices: 1, convs: 1}})
		for _, p := range []*peer{z.owner, z.admin} {
			displayed(t, h[p].theNotice(5, "g", "olga"), true)
		}
		z.member = z.w.device("mike", "")
		stored := z.member.ok(&troupev1.ListSystemNotices{}).GetListSystemNotices().GetNotices()
		require.Len(t, stored, 1, "who was offline reads it")
		require.EqualValues(t, 5, stored[0].GetNoticeType())
		require.Empty(t, z.ned.ok(&troupev1.ListSystemNotices{}).GetListSystemNotices().GetNotices())
	})
	t.Run("W-134", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("olga", "mike", "out")
		op := webGroup(webPublic, "g")
		op.InitialMembers = []*troupev1.InitialMember{{UserId: "mike"}}
		p[0].ok(op)
		h := w.hears(scene{p[0]: {notices: 1, tips: 1}, p[1]: {tips: 1}})
		displayed(t, h[p[0]].theNotice(6, "g", "olga"), false)
	})
	t.Run("W-135", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPrivate, "g"))
		require.Empty(t, z.member.ok(&troupev1.ListSystemNotices{}).GetListSystemNotices().GetNotices(), "an initial member")
		z.member.ok(&troupev1.InviteMembers{GroupId: "g", UserIds: []string{"ned"}, Message: "come"})
		n := z.hears(z.all(counts{tips: 1}, scene{z.ned: {tips: 1, notices: 1}}))[z.ned].theNotice(7, "g", "mike")
		require.Equal(t, "come", n.GetRemark())
		displayed(t, n, true)
	})
	t.Run("W-136", func(t *testing.T) {
		z := newPublic(t)
		z.member.ok(&troupev1.LeaveGroup{GroupId: "g"})
		n := z.hears(scene{z.owner: {tips: 1}, z.admin: {tips: 1}, z.member: {tips: 1, notices: 1, convs: 1}})[z.member].theNotice(8, "g", "mike")
		displayed(t, n, false)
	})
	t.Run("W-137_W-138", func(t *testing.T) {
		z := newPublic(t)
		for role, noticeType := range map[troupev1.Role]uint32{troupev1.Role_ROLE_ADMIN: 9, troupev1.Role_ROLE_MEMBER: 10} {
			user, p := "mike", z.member
			if noticeType == 10 {
				user, p = "adam", z.admin
			}
			z.owner.ok(&troupev1.SetMemberRole{GroupId: "g", UserId: user, Role: role})
			n := z.hears(z.all(counts{tips: 1}, scene{p: {tips: 1, notices: 1}}))[p].theNotice(noticeType, "g", "olga")
			displayed(t, n, true)
		}
	})
	t.Run("W-139", func(t *testing.T) {
		z := newEnsemble(t, webGroup(webPublic, "g"), policy("public", "recycle_after", "2"))
		z.w.advance(36 * time.Hour)
		z.owner.ok(text("g", "still in use"))
		forget(z.w.peers...)
		z.w.advance(47 * time.Hour)
		z.hears(nil)
		z.w.advance(25 * time.Hour)
		for p := range z.all(counts{}, nil) {
			p.gets(2)
		}
		h := z.hears(z.all(counts{notices: 1, convs: 1}, nil))
		for p := range z.all(counts{}, nil) {
			displayed(t, h[p].theNotice(11, "g", ""), false)
		}
		refusedQuietly(z.owner, 10010, text("g", "hello?"))
	})
}

func TestWebimCustomNotice(t *testing.T) {
	t.Parallel()
	t.Run("W-140", func(t *testing.T) {
		z := newPublic(t)
		root := z.w.device("root", "")
		content := []byte("{\"sale\":\x00\xff}")
		got := root.ok(&troupev1.SendCustomNotice{GroupId: "g", Content: content}).GetSendCustomNotice()
		require.EqualValues(t, 3, got.GetReceivers())
		h := z.hears(z.all(counts{notices: 1}, nil))
		for p := range z.all(counts{}, nil) {
			n := h[p].theNotice(255, "g", "root")
			require.Equal(t, content, n.GetContent())
			displayed(t, n, true)
		}
		got = root.ok(&troupev1.SendCustomNotice{GroupId: "g", Content: []byte("you"), ToUserIds: []string{"mike"}}).GetSendCustomNotice()
		require.EqualValues(t, 1, got.GetReceivers())
		h = z.hears(scene{z.member: {notices: 1}})
		require.Equal(t, "you", string(h[z.member].theNotice(255, "g", "root").GetContent()))
	})
	t.Run("W-142", func(t *testing.T) {
		z := newPublic(t)
		root := z.w.device("root", "")
		refusedQuietly(root, 10004, &troupev1.SendCustomNotice{GroupId: "g"})
		refusedQuietly(root, 80002, &troupev1.SendCustomNotice{GroupId: "g", Content: []byte(strings.Repeat("x", 8899))})
		for _, size := range []int{1, 8898} {
			root.ok(&troupev1.SendCustomNotice{GroupId: "g", Content: []byte(strings.Repeat("x", size))})
			h := z.hears(z.all(counts{notices: 1}, nil))
			require.Len(t, h[z.member].theNotice(255, "g", "root").GetContent(), size)
		}
	})
	t.Run("W-143", func(t *testing.T) {
		z := newPublic(t)
		for _, p := range []*peer{z.owner, z.admin, z.member, z.out} {
			a := p.code(10007, &troupev1.SendCustomNotice{GroupId: "g", Content: []byte("x")})
			require.Equal(t, "permission_denied", a.GetError())
		}
		silent(z.w.peers...)
	})
}
