package naive

import (
	"slices"
	"strconv"

	"github.com/troupe-im/troupe/group"
)

// send is spec 10.1 to 10.3.
func (m *Model) send(c group.Send) *group.Rejection {
	u := m.caller()
	if !m.appAdmin() && !m.isMember(u) {
		return no(group.CodeNotMember)
	}
	if rej := m.silenced(u); rej != nil {
		return rej
	}
	m.note(fact{what: number})
	seq := m.lastSeq()
	f := fact{what: said, user: u, seq: seq}
	random := "server's" // learnt later
	if c.RandomGiven {
		f.random = c.Random
		random = strconv.FormatUint(uint64(c.Random), 10)
	}
	m.note(f)
	text := messageText(seq, m.card(u), random, c.Elements)
	m.tellAll(text)
	for i, d := range m.out {
		if d.To == u {
			m.out[i].What += elsewhere
		}
	}
	m.result.Seq, m.result.Time, m.result.Random = seq, m.now, c.Random
	return nil
}

// saidBefore is the first of the same sends; nil if there is none (spec 10.2).
func (m *Model) saidBefore() *fact {
	c, ok := m.in.Command.(group.Send)
	if !ok || !c.RandomGiven {
		return nil
	}
	for i, f := range m.facts {
		if f.what == said && f.user == m.caller() && f.random == c.Random && m.now < f.at+m.memory() {
			return &m.facts[i]
		}
	}
	return nil
}

// sendNotice is spec 10.9.
func (m *Model) sendNotice(c group.SendNotice) *group.Rejection {
	if !m.appAdmin() {
		return no(group.CodePermissionDenied)
	}
	to := m.members()
	n := group.Notice{Type: group.NoticeCustom, Operator: m.caller(), Content: c.Content}
	if len(c.To) > 0 {
		named := distinct(c.To)
		to = slices.DeleteFunc(to, func(u group.UserID) bool { return !slices.Contains(named, u) })
	} else if m.guestCount() > 0 {
		m.notice(n, Guests)
	}
	m.notice(n, to...)
	m.result.Receivers = uint32(len(to))
	if len(c.To) == 0 {
		m.result.Receivers += uint32(m.guestCount())
	}
	if len(c.To) == 0 || len(to) > 0 {
		m.note(fact{what: noted})
	}
	return nil
}
