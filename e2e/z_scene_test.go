package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/cmd/troupe/config"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Values of the three modes of a ZIM group.
const (
	zimFree, zimApproval, zimClosed = troupev1.JoinOption_JOIN_OPTION_FREE,
		troupev1.JoinOption_JOIN_OPTION_ADMIN_APPROVAL, troupev1.JoinOption_JOIN_OPTION_CLOSED
	zimAnyMember, zimAdmins = troupev1.InviteMode_INVITE_MODE_ANY_MEMBER, troupev1.InviteMode_INVITE_MODE_ADMINS
	zimAsked, zimUnasked    = troupev1.InviteeConsent_INVITEE_CONSENT_REQUIRED, troupev1.InviteeConsent_INVITEE_CONSENT_NONE
)

// zimGroup is a group as the ZIM facade makes it: custom, and its invitations
// do not obey the join mode (C-05).
func zimGroup(id string) *troupev1.CreateGroup {
	return &troupev1.CreateGroup{
		Kind: troupev1.Kind_KIND_CUSTOM, GroupId: id, Name: "g",
		InviteApproval: troupev1.InviteApproval_INVITE_APPROVAL_BYPASS,
	}
}

// ensemble is a group with everybody who plays a part: owner olga, admin adam,
// member mike; ned is to come in, out never is.
type ensemble struct {
	w                              *world
	t                              *testing.T
	g                              string
	owner, admin, member, ned, out *peer
}

// newZIM makes a world with such a group; op nil = a ZIM group as it is by default.
func newZIM(t *testing.T, op *troupev1.CreateGroup) *ensemble {
	t.Helper()
	if op == nil {
		op = zimGroup("g")
	}
	return newEnsemble(t, op)
}

func newEnsemble(t *testing.T, op *troupev1.CreateGroup, options ...func(*config.Config)) *ensemble {
	t.Helper()
	w := newWorld(t, options...)
	p := w.users("olga", "adam", "mike", "ned", "out")
	z := &ensemble{w: w, t: t, owner: p[0], admin: p[1], member: p[2], ned: p[3], out: p[4]}
	z.found(op)
	return z
}

// found makes one more group with the same cast, and plays in it from now on.
func (z *ensemble) found(op *troupev1.CreateGroup) {
	z.t.Helper()
	op.InitialMembers = []*troupev1.InitialMember{{UserId: "adam", Role: troupev1.Role_ROLE_ADMIN}}
	z.g = z.owner.createWith(op, "mike")
	require.Equal(z.t, troupev1.Role_ROLE_ADMIN, z.admin.profile(z.g).GetSelf().GetRole())
}

// all is a scene in which owner, admin and member get the same; others are
// named besides.
func (z *ensemble) all(c counts, others scene) scene {
	s := scene{z.owner: c, z.admin: c, z.member: c}
	for p, c := range others {
		s[p] = c
	}
	return s
}

// hears asserts what everybody gets, up to a fence.
func (z *ensemble) hears(s scene) map[*peer]heard {
	z.t.Helper()
	return z.w.hears(s)
}

// refusedQuietly asserts that operations are refused and that nobody in the
// world hears of them.
func refusedQuietly(p *peer, code int32, ops ...proto.Message) {
	p.t.Helper()
	for _, op := range ops {
		require.NotEmpty(p.t, p.code(code, op).GetError())
	}
	silent(p.w.peers...)
}

// first is the first of a list that must have one.
func first[T any](t *testing.T, list []T) T {
	t.Helper()
	require.NotEmpty(t, list)
	return list[0]
}

// in asserts who the members are, in order of joining, as the owner reads them.
func (z *ensemble) in(users ...string) {
	z.t.Helper()
	require.Equal(z.t, users, z.owner.roster(z.g))
}

// applies files ned's application and forgets what that sent.
func (z *ensemble) applies() {
	z.t.Helper()
	z.ned.code(25424, &troupev1.JoinGroup{GroupId: z.g, Message: "please"})
	forget(z.w.peers...)
}

// invited files an invitation of ned, who must agree, and forgets what that sent.
func (z *ensemble) invited(by *peer) {
	z.t.Helper()
	by.code(25427, &troupev1.InviteMembers{GroupId: z.g, UserIds: []string{"ned"}})
	forget(z.w.peers...)
}

// join, invite and consent change one mode.
func (z *ensemble) join(o troupev1.JoinOption) *troupev1.UpdateGroupModes {
	return &troupev1.UpdateGroupModes{GroupId: z.g, JoinOption: o}
}

func (z *ensemble) invite(m troupev1.InviteMode) *troupev1.UpdateGroupModes {
	return &troupev1.UpdateGroupModes{GroupId: z.g, InviteMode: m}
}

func (z *ensemble) consent(c troupev1.InviteeConsent) *troupev1.UpdateGroupModes {
	return &troupev1.UpdateGroupModes{GroupId: z.g, InviteeConsent: c}
}
