package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// One connection hears all steps of all requests that concern its user.
func TestRongApplicationEvents(t *testing.T) {
	t.Parallel()
	r := newRing(t, &troupev1.CreateGroup{JoinOption: joinAdmins, InviteeConsent: consentAsk})
	started := r.now()
	r.ivan.code(25424, r.join())
	r.mia.ok(r.refuse("", ""))
	r.bob.code(25424, r.invitation())
	r.advance(time.Second)
	r.mia.code(25427, r.accept("bob"))
	r.advance(time.Second)
	r.ivan.ok(&troupev1.AcceptInvitation{GroupId: r.id, InviterId: "bob"})
	h := r.hears(scene{
		r.olga:  {added: 2, updated: 3, notices: 2, tips: 1},
		r.mia:   {added: 2, updated: 3, notices: 2, tips: 1},
		r.bob:   {added: 1, updated: 2, tips: 1},
		r.ivan:  {added: 2, updated: 2, notices: 2, tips: 1},
		r.carol: {tips: 1},
	})
	t.Run("R-001", func(t *testing.T) {
		steps := func(p *peer) (added, updated []troupev1.ApplicationState) {
			for _, e := range h[p].added {
				added = append(added, e.GetRecord().GetState())
			}
			for _, e := range h[p].updated {
				updated = append(updated, e.GetRecord().GetState())
			}
			return added, updated
		}
		type list = []troupev1.ApplicationState
		for p, want := range map[*peer][2]list{
			r.olga: {{adminPending, adminPending}, {adminRefused, inviteePending, stateJoined}},
			r.mia:  {{adminPending, adminPending}, {adminRefused, inviteePending, stateJoined}},
			r.bob:  {{adminPending}, {inviteePending, stateJoined}},
			r.ivan: {{adminPending, inviteePending}, {adminRefused, stateJoined}},
		} {
			added, updated := steps(p)
			require.Equal(t, want, [2]list{added, updated}, "%s", p.user)
		}
	})
	t.Run("R-002", func(t *testing.T) {
		record := h[r.bob].updated[0].GetRecord()
		require.Equal(t, "ring", record.GetGroupId())
		require.Equal(t, "ivan", record.GetApplicantId())
		require.Equal(t, "bob", record.GetInviterId())
		require.Equal(t, troupev1.Role_ROLE_MEMBER, record.GetInviterRole())
		require.Equal(t, "mia", record.GetHandlerId())
		require.Equal(t, inviteePending, record.GetState())
		require.Equal(t, invitationSent, h[r.bob].updated[0].GetDirection())
		require.Equal(t, troupev1.ApplicationType_APPLICATION_TYPE_INVITE, record.GetType())
		require.Equal(t, started, record.GetCreatedAt())
		require.Equal(t, started+1000, record.GetUpdatedAt())
		require.Equal(t, started+(7*day).Milliseconds(), record.GetExpiresAt())
		own := h[r.ivan].added[0].GetRecord()
		require.Equal(t, troupev1.ApplicationType_APPLICATION_TYPE_JOIN, own.GetType())
		require.Empty(t, own.GetInviterId())
		require.Equal(t, started, own.GetUpdatedAt())
	})
}

// What the group operation event of this surface is made of.
func TestRongGroupOperation(t *testing.T) {
	t.Parallel()
	t.Run("R-004", func(t *testing.T) {
		w := newWorld(t, policy("custom", "recycle_after", "1"))
		p := w.users("olga", "bob", "carol", "out")
		olga, bob, carol := p[0], p[1], p[2]
		made := func(id string) {
			olga.ok(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_CUSTOM, GroupId: id})
			w.hears(scene{olga: {notices: 1}})[olga].theNotice(6, id, "olga")
		}
		made("ring")
		// done asserts one operation's tip at everybody inside.
		done := func(tipType uint32, operator, user string, also scene, inside ...*peer) {
			t.Helper()
			s := scene{}
			for _, q := range inside {
				c := also[q]
				c.tips = 1
				s[q] = c
			}
			h := w.hears(s)
			for _, q := range inside {
				tip := h[q].theTip(tipType, operator, user)
				require.Equal(t, "ring", tip.GetGroupId())
				require.Equal(t, w.now(), tip.GetTime())
			}
		}
		gone := counts{notices: 1, convs: 1}
		bob.ok(&troupev1.JoinGroup{GroupId: "ring"})
		done(1, "bob", "bob", nil, olga, bob)
		carol.ok(&troupev1.JoinGroup{GroupId: "ring"})
		done(1, "carol", "carol", nil, olga, bob, carol)
		olga.ok(&troupev1.SetMemberRole{GroupId: "ring", UserId: "bob", Role: troupev1.Role_ROLE_ADMIN})
		done(4, "olga", "bob", scene{bob: {notices: 1}}, olga, bob, carol)
		olga.ok(&troupev1.SetMemberRole{GroupId: "ring", UserId: "bob", Role: troupev1.Role_ROLE_MEMBER})
		done(5, "olga", "bob", scene{bob: {notices: 1}}, olga, bob, carol)
		olga.ok(&troupev1.KickMembers{GroupId: "ring", UserIds: []string{"carol"}})
		done(3, "olga", "carol", scene{carol: gone}, olga, bob, carol)
		carol.ok(&troupev1.JoinGroup{GroupId: "ring"})
		done(1, "carol", "carol", scene{carol: {convs: 1}}, olga, bob, carol)
		carol.ok(&troupev1.LeaveGroup{GroupId: "ring"})
		done(2, "carol", "carol", scene{carol: gone}, olga, bob, carol)

		olga.ok(&troupev1.TransferOwner{GroupId: "ring", NewOwnerId: "bob"})
		h := w.hears(scene{olga: {tips: 1}, bob: {tips: 1}})
		for _, q := range p[:2] {
			change := h[q].theTip(6, "olga").GetChanges()
			require.Len(t, change, 1)
			require.Equal(t, []string{"owner", "bob"}, []string{change[0].GetField(), change[0].GetValue()})
		}
		bob.ok(&troupev1.DismissGroup{GroupId: "ring"})
		h = w.hears(scene{olga: gone, bob: gone})
		h[olga].theNotice(5, "ring", "bob")

		made("idle")
		w.advance(2 * day)
		olga.gets(2)
		w.hears(scene{olga: gone})[olga].theNotice(11, "idle", "")
	})

	t.Run("R-005", func(t *testing.T) {
		for _, tc := range []struct {
			name     string
			modes    *troupev1.CreateGroup
			enter    func(*ring)
			how      troupev1.JoinMethod
			operator string
		}{
			{
				"by itself", &troupev1.CreateGroup{JoinOption: joinFree},
				func(r *ring) { r.ivan.ok(r.join()) },
				troupev1.JoinMethod_JOIN_METHOD_SELF, "ivan",
			}, {
				"approved", &troupev1.CreateGroup{JoinOption: joinAdmins},
				func(r *ring) { r.ivan.code(25424, r.join()); r.mia.ok(r.accept("")) },
				troupev1.JoinMethod_JOIN_METHOD_APPROVED, "mia",
			}, {
				"invited", &troupev1.CreateGroup{InviteeConsent: consentNone},
				func(r *ring) { r.bob.ok(r.invitation()) },
				joinedInvited, "bob",
			}, {
				"invited and approved", &troupev1.CreateGroup{JoinOption: joinAdmins},
				func(r *ring) { r.bob.code(25424, r.invitation()); r.mia.ok(r.accept("bob")) },
				joinedInvited, "bob",
			}, {
				"invited and willing", &troupev1.CreateGroup{InviteeConsent: consentAsk},
				func(r *ring) {
					r.bob.code(25427, r.invitation())
					r.ivan.ok(&troupev1.AcceptInvitation{GroupId: r.id, InviterId: "bob"})
				},
				joinedInvited, "bob",
			},
		} {
			t.Run(tc.name, func(t *testing.T) {
				r := newRing(t, tc.modes)
				tc.enter(r)
				h := map[*peer]heard{}
				for _, p := range append(r.members(), r.ivan) {
					h[p] = p.hear()
				}
				r.allEntered(h, tc.how, tc.operator)
				silent(r.out)
			})
		}
		t.Run("from the start", func(t *testing.T) {
			w := newWorld(t)
			p := w.users("olga", "bob", "carol", "out")
			olga, bob, carol := p[0], p[1], p[2]
			olga.ok(&troupev1.CreateGroup{
				Kind: troupev1.Kind_KIND_CUSTOM, GroupId: "ring",
				InitialMembers: []*troupev1.InitialMember{{UserId: "bob"}, {UserId: "carol"}},
			})
			h := w.hears(scene{olga: {notices: 1, tips: 1}, bob: {tips: 1}, carol: {tips: 1}})
			for _, q := range p[:3] {
				h[q].entered(troupev1.JoinMethod_JOIN_METHOD_CREATED_WITH, "olga", "bob", "carol")
			}
		})
	})
}
