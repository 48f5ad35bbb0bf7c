package actors

import (
	"time"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// How sessions use resume tickets (spec 19.12).

// identify says who logs in, by token or by resume ticket.
func (s *session) identify(m *troupev1.Login) (Identity, error) {
	user, text := group.UserID(m.GetUserId()), m.GetResumeTicket()
	if text == "" {
		return s.sys.auth.Verify(m.GetAppId(), user, m.GetToken(), s.sys.clock.Now())
	}
	device := m.GetDeviceId()
	if s.phase == phaseSignedIn {
		device = s.device
	}
	var g ticket
	why := ticketRevoked // for who has become app_admin since
	if !s.sys.auth.AppAdmin(user) {
		g, why = s.sys.tickets.redeem(text, m.GetAppId(), user, device, s.sys.now())
	}
	s.sys.metrics.resumed(why)
	if why == ticketRevoked {
		// It was good but for that, so its user may know of a ban.
		if b := s.sys.authority.user(user, group.Millis(s.sys.now())); b != nil {
			return Identity{}, b.refusal()
		}
	}
	if why != resumed {
		return Identity{}, protocol.ResumeRefused(string(why))
	}
	id := Identity{User: user}
	if g.issued != 0 {
		id.IssuedAt = time.UnixMilli(g.issued)
	}
	if g.until != 0 {
		id.ExpiresAt = time.UnixMilli(g.until)
	}
	return id, nil
}

// resumeTicket is the ticket in the answer to a login; nil for app_admins, and
// for a device that is being dropped.
func (s *session) resumeTicket(app string) *troupev1.ResumeTicket {
	if s.appAdmin {
		return nil
	}
	g := ticket{app: app, user: s.user, device: s.device, issued: s.issued.Load(), until: s.expires.Load()}
	text, expires := s.sys.tickets.issue(&g, s.sys.now())
	if text == "" || s.kicked.Load() {
		return nil
	}
	return &troupev1.ResumeTicket{Ticket: text, ExpiresAt: expires}
}

// introduce reads name and avatar before they are first stamped on anything,
// if the login did not.
func (s *session) introduce(tx persistence.Tx) error {
	if !s.unnamed {
		return nil
	}
	row, _, err := persistence.ReadUser(tx, s.user)
	if err != nil {
		return err
	}
	s.name, s.avatar, s.unnamed = row.Name, row.Avatar, false
	return nil
}
