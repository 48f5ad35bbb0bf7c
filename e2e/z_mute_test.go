package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Modes of a mute of the whole group.
const (
	zimMuteOff, zimMuteOrdinary = troupev1.MuteMode_MUTE_MODE_NONE, troupev1.MuteMode_MUTE_MODE_ORDINARY
	zimMuteAll, zimMuteRoles    = troupev1.MuteMode_MUTE_MODE_ALL, troupev1.MuteMode_MUTE_MODE_ROLES
)

// newRolesZIM has ned in custom role 5 besides.
func newRolesZIM(t *testing.T) *ensemble {
	t.Helper()
	z := newZIM(t, nil)
	z.ned.ok(&troupev1.JoinGroup{GroupId: "g"})
	z.owner.ok(&troupev1.SetMemberRole{GroupId: "g", UserId: "ned", Role: 5})
	forget(z.w.peers...)
	return z
}

// mutes sets the group's mute and forgets what that sent.
func (z *ensemble) mutes(op *troupev1.MuteGroup) {
	z.t.Helper()
	op.GroupId = z.g
	z.owner.ok(op)
	forget(z.w.peers...)
}

// talk asserts who of the cast may speak: everybody else hears it; nobody
// hears those who may not.
func (z *ensemble) talk(may map[*peer]bool) {
	z.t.Helper()
	here := []*peer{z.owner, z.admin, z.member, z.ned}
	for _, p := range here {
		if !may[p] {
			a := p.code(10017, text(z.g, "psst"))
			require.Equal(z.t, "muted", a.GetError())
			require.Equal(z.t, "group", a.GetDetails().GetScope())
			silent(z.w.peers...)
			continue
		}
		p.ok(text(z.g, "hello"))
		others := scene{}
		for _, q := range here {
			if q != p {
				others[q] = counts{messages: 1}
			}
		}
		z.hears(others)
	}
}

func (z *ensemble) everybody() map[*peer]bool {
	return map[*peer]bool{z.owner: true, z.admin: true, z.member: true, z.ned: true}
}

func TestZIMMuteGroup(t *testing.T) {
	t.Parallel()
	t.Run("Z-068", func(t *testing.T) {
		z := newZIM(t, nil)
		for _, tc := range []struct {
			op   *troupev1.MuteGroup
			want *troupev1.Mute
		}{
			{&troupev1.MuteGroup{GroupId: "g", On: true, Mode: zimMuteOrdinary},
				&troupev1.Mute{Mode: zimMuteOrdinary.Enum(), ExpiresAt: proto.Int64(-1)}},
			{&troupev1.MuteGroup{GroupId: "g", On: true, Mode: zimMuteAll, Duration: proto.Int64(60)},
				&troupev1.Mute{Mode: zimMuteAll.Enum(), ExpiresAt: proto.Int64(z.w.now() + 60_000)}},
			{&troupev1.MuteGroup{GroupId: "g", On: true, Mode: zimMuteRoles, Roles: []uint32{3, 5}, Duration: proto.Int64(-1)},
				&troupev1.Mute{Mode: zimMuteRoles.Enum(), Roles: []uint32{3, 5}, ExpiresAt: proto.Int64(-1)}},
			{&troupev1.MuteGroup{GroupId: "g"}, &troupev1.Mute{Mode: zimMuteOff.Enum(), ExpiresAt: proto.Int64(0)}},
		} {
			want := &troupev1.MuteGroupResult{GroupId: "g", On: proto.Bool(tc.op.On), Mute: tc.want}
			got := z.admin.ok(tc.op).GetMuteGroup()
			require.True(t, proto.Equal(want, got), "want %v\ngot  %v", want, got)
			for _, p := range []*peer{z.owner, z.admin, z.member} {
				require.Len(t, p.hear().muted, 1)
			}
			silent(z.w.peers...)
			require.True(t, proto.Equal(tc.want, z.member.profile("g").GetMute()))
		}
		refusedQuietly(z.owner, 10004, &troupev1.MuteGroup{GroupId: "g", On: true}, &troupev1.MuteGroup{GroupId: "g", On: true, Mode: zimMuteRoles},
			&troupev1.MuteGroup{GroupId: "g", On: true, Mode: zimMuteAll, Duration: proto.Int64(0)},
			&troupev1.MuteGroup{GroupId: "g", On: true, Mode: zimMuteAll, Duration: proto.Int64(31_536_001)})
	})
	t.Run("Z-069", func(t *testing.T) {
		z := newRolesZIM(t)
		z.talk(z.everybody())
		z.mutes(&troupev1.MuteGroup{On: true, Mode: zimMuteOrdinary})
		z.talk(map[*peer]bool{z.owner: true, z.admin: true})
	})
	t.Run("Z-070", func(t *testing.T) {
		z := newRolesZIM(t)
		z.mutes(&troupev1.MuteGroup{On: true, Mode: zimMuteAll})
		z.talk(nil)
		z.mutes(&troupev1.MuteGroup{})
		z.talk(z.everybody())
	})
	t.Run("Z-071", func(t *testing.T) {
		z := newRolesZIM(t)
		z.mutes(&troupev1.MuteGroup{On: true, Mode: zimMuteRoles, Roles: []uint32{3, 5}})
		z.talk(map[*peer]bool{z.owner: true, z.admin: true})
		z.mutes(&troupev1.MuteGroup{On: true, Mode: zimMuteRoles, Roles: []uint32{5}})
		z.talk(map[*peer]bool{z.owner: true, z.admin: true, z.member: true})
		z.mutes(&troupev1.MuteGroup{On: true, Mode: zimMuteRoles, Roles: []uint32{1, 2, 6}})
		z.talk(map[*peer]bool{z.member: true, z.ned: true})
	})
	t.Run("Z-072", func(t *testing.T) {
		z := newRolesZIM(t)
		z.mutes(&troupev1.MuteGroup{On: true, Mode: zimMuteOrdinary, Duration: proto.Int64(90)})
		until := z.w.now() + 90_000
		require.Equal(t, until, z.member.code(10017, text("g", "psst")).GetDetails().GetUntil())
		z.w.advance(90*time.Second - time.Millisecond)
		z.talk(map[*peer]bool{z.owner: true, z.admin: true})
		z.w.advance(time.Millisecond)
		z.talk(z.everybody())
		require.Equal(t, zimMuteOff, z.member.profile("g").GetMute().GetMode())
	})
	t.Run("Z-073", func(t *testing.T) {
		z := newRolesZIM(t)
		z.mutes(&troupev1.MuteGroup{On: true, Mode: zimMuteOrdinary})
		z.talk(map[*peer]bool{z.owner: true, z.admin: true})
		got := z.admin.ok(&troupev1.MuteGroup{GroupId: "g"}).GetMuteGroup()
		require.False(t, got.GetOn())
		z.hears(z.all(counts{muted: 1, tips: 1}, scene{z.ned: {muted: 1, tips: 1}}))
		z.talk(z.everybody())
	})
	t.Run("Z-074", func(t *testing.T) {
		z := newZIM(t, nil)
		until := z.w.now() + 60_000
		z.admin.ok(&troupev1.MuteGroup{GroupId: "g", On: true, Mode: zimMuteRoles, Roles: []uint32{3, 5}, Duration: proto.Int64(60)})
		h := z.hears(z.all(counts{muted: 1}, nil))
		for p := range z.all(counts{}, nil) {
			require.True(t, proto.Equal(&troupev1.GroupMuted{
				GroupId: "g", OperatorId: proto.String("adam"),
				Mute: &troupev1.Mute{Mode: zimMuteRoles.Enum(), Roles: []uint32{3, 5}, ExpiresAt: &until},
			}, h[p].muted[0]), "%s: %s", p.user, show(h[p].all))
		}
		z.owner.ok(&troupev1.MuteGroup{GroupId: "g"})
		h = z.hears(z.all(counts{muted: 1}, nil))
		for p := range z.all(counts{}, nil) {
			require.True(t, proto.Equal(&troupev1.GroupMuted{
				GroupId: "g", OperatorId: proto.String("olga"),
				Mute: &troupev1.Mute{Mode: zimMuteOff.Enum(), ExpiresAt: proto.Int64(0)},
			}, h[p].muted[0]), "%s: %s", p.user, show(h[p].all))
		}
	})
	t.Run("Z-092", func(t *testing.T) {
		z := newRolesZIM(t)
		for _, p := range []*peer{z.member, z.ned} {
			refusedQuietly(p, 10007, &troupev1.MuteGroup{GroupId: "g", On: true, Mode: zimMuteAll}, &troupev1.MuteGroup{GroupId: "g"})
		}
		z.talk(z.everybody())
		z.mutes(&troupev1.MuteGroup{On: true, Mode: zimMuteOrdinary})
		refusedQuietly(z.member, 10007, &troupev1.MuteGroup{GroupId: "g"})
		z.talk(map[*peer]bool{z.owner: true, z.admin: true})
	})
}

func TestZIMMuteMember(t *testing.T) {
	t.Parallel()
	t.Run("Z-075", func(t *testing.T) {
		z := newRolesZIM(t)
		mute := &troupev1.MuteMembers{GroupId: "g", UserIds: []string{"mike"}, Duration: proto.Int64(60)}
		refusedQuietly(z.ned, 10007, mute)
		got := z.admin.ok(mute).GetMuteMembers()
		require.Equal(t, map[string]troupev1.Outcome{"mike": troupev1.Outcome_OUTCOME_MUTED}, outcomes(got.GetUsers()))
		h := z.hears(z.all(counts{tips: 1}, scene{z.ned: {tips: 1}}))
		for p := range z.all(counts{}, scene{z.ned: {}}) {
			tip := h[p].theTip(7, "adam")
			require.Len(t, tip.GetMembers(), 1)
			require.Equal(t, "mike", tip.GetMembers()[0].GetUserId())
			require.EqualValues(t, 60, tip.GetMembers()[0].GetMuteSeconds())
		}
		a := z.member.code(10017, text("g", "psst"))
		require.Equal(t, "member", a.GetDetails().GetScope())
		require.Equal(t, z.w.now()+60_000, a.GetDetails().GetUntil())
		silent(z.w.peers...)
		z.ned.ok(text("g", "I may"))
		z.hears(z.all(counts{messages: 1}, nil))
		z.w.advance(time.Minute)
		z.talk(z.everybody())
	})
}
