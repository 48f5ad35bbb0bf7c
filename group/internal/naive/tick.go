package naive

import (
	"slices"

	"github.com/troupe-im/troupe/group"
)

// guest keeps the audience count (spec 6.3).
func (m *Model) guest(by int) *group.Rejection {
	if by > 0 && !m.policy.Guests {
		return no(group.CodeGuestsNotAllowed)
	}
	if m.guestCount()+by >= 0 {
		m.note(fact{what: guests, by: by})
	}
	if by > 0 {
		m.showGroup()
		m.makePublic()
	}
	return nil
}

// like is spec 19.10.
func (m *Model) like(c group.SendLike) *group.Rejection {
	switch {
	case !m.policy.Counters:
		return no(group.CodeNotSupported)
	case !m.isMember(m.caller()):
		return no(group.CodeNotMember)
	}
	lately := 0
	for _, f := range m.facts {
		if f.what == liked && f.user == m.caller() && m.now < f.at+second {
			lately += f.by
		}
	}
	counted := min(int(c.Count), 100-lately)
	if counted > 0 {
		m.note(fact{what: liked, user: m.caller(), by: counted})
	}
	m.result.Counted, m.result.Likes = uint32(counted), m.likes()
	return nil
}

func (m *Model) likes() (n uint64) {
	for _, f := range m.facts {
		if f.what == liked {
			n += uint64(f.by)
		}
	}
	return n
}

// tick lets due periods take effect (spec 6.3, 7.6, 13, 19.17 c).
func (m *Model) tick() *group.Rejection {
	if at := m.recycleAt(); at > 0 && m.now >= at {
		m.end(group.NoticeRecycled, "")
		return nil
	}
	if since := m.batchSince(); since > 0 && m.now >= since+batchWait {
		m.flush()
	}
	for _, r := range m.pending() {
		if m.overdue(r) {
			m.expire(r)
		}
	}
	return nil
}

// expire ends an overdue record and tells it (spec 7.6).
func (m *Model) expire(r group.Record) {
	r.State, r.UpdatedAt = group.StateExpired, m.now
	m.note(fact{what: filed, record: r})
	m.tellClosed(r, true)
}

// batchSince is when the first came or went since the last batch was told.
func (m *Model) batchSince() group.Millis {
	var first group.Millis
	for _, f := range m.facts {
		switch f.what {
		case flushed:
			first = 0
		case arrived, departed:
			if first == 0 {
				first = f.at
			}
		}
	}
	return first
}

// flush tells the batch: one tip for arrivals and one for the departures of
// each reason.
func (m *Model) flush() {
	in, out := m.batch()
	m.note(fact{what: flushed})
	m.folded(group.TipJoin, in, "method", group.JoinSelf)
	for reason := group.LeaveOwnWill; reason <= group.LeaveAccountDeleted; reason++ {
		var who []fact
		for _, f := range out {
			if f.reason == reason {
				who = append(who, f)
			}
		}
		m.folded(group.TipQuit, who, "reason", reason)
	}
}

func (m *Model) folded(t group.TipType, who []fact, pairs ...any) {
	if len(who) == 0 {
		return
	}
	var operator group.UserID
	if len(who) == 1 {
		operator = who[0].user
	}
	var cards []string
	for _, f := range who[:min(len(who), 100)] {
		cards = append(cards, cardText(f.user, f.name, f.role))
	}
	m.tip(nil, t, operator, append([]any{"users", cards, "count", len(who)}, pairs...)...)
}

// Due is when a Tick has something to do; 0 = never as things stand.
func (m *Model) Due() group.Millis {
	if !m.exists() {
		return 0
	}
	var moments []group.Millis
	if since := m.batchSince(); since > 0 {
		moments = append(moments, since+batchWait)
	}
	for _, r := range m.pending() {
		moments = append(moments, r.ExpiresAt)
	}
	if at := m.recycleAt(); at > 0 {
		moments = append(moments, at)
	}
	if len(moments) == 0 {
		return 0
	}
	return slices.Min(moments)
}

// recycleAt is when there was no message and no change of membership for the
// days of row 29; 0 = never as things stand (spec 13).
func (m *Model) recycleAt() group.Millis {
	days := m.policy.RecycleDays
	if days == 0 || (m.policy.Connected && (len(m.members()) > 0 || m.guestCount() > 0)) {
		return 0
	}
	last, listening := m.since, 0
	for _, f := range m.facts {
		switch f.what {
		case said, entered, went:
			last = f.at
		case guests:
			if listening += f.by; listening == 0 {
				last = f.at // the room was active as long as somebody listened
			}
		}
	}
	return last + group.Millis(days)*day
}
