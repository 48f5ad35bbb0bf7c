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
	priority := m.priority(c)
	if priority == group.PriorityHigh && !m.mayHurry() {
		return &group.Rejection{Code: group.CodePermissionDenied, Field: "priority"}
	}
	m.note(fact{what: number})
	seq := m.lastSeq()
	if c.Shed != 0 {
		m.tellAll(shedText(seq, priority))
		m.result = group.Result{Code: group.CodeMessageShed, Seq: seq, Shed: c.Shed, RetryAfter: c.RetryAfter}
		return nil
	}
	f := fact{what: said, user: u, seq: seq}
	random := "server's" // learnt later
	if c.RandomGiven {
		f.random = c.Random
		random = strconv.FormatUint(uint64(c.Random), 10)
	}
	m.note(f)
	text := messageText(seq, m.card(u), random, priority, c.Elements)
	m.tellAll(text)
	for i, d := range m.out {
		if d.To == u {
			m.out[i].What += elsewhere
		}
	}
	m.result.Seq, m.result.Time, m.result.Random = seq, m.now, c.Random
	return nil
}

// priority is spec 19.9: livestreams only, normal if nothing is said.
func (m *Model) priority(c group.Send) group.Priority {
	if m.policy.HighBy == "" {
		return 0
	}
	if c.Priority == 0 {
		return group.PriorityNormal
	}
	return c.Priority
}

// mayHurry is row 41.
func (m *Model) mayHurry() bool {
	switch m.policy.HighBy {
	case "any_member":
		return true
	case "owner_admin":
		return m.leads()
	}
	return m.appAdmin()
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
