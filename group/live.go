package group

// guestEnter counts a guest connection in (spec 6.3).
func (s *step) guestEnter() *Rejection {
	if !s.policy.Guests {
		return reject(CodeGuestsNotAllowed)
	}
	s.m.guests++
	s.d.Result.Group = s.publicProfile()
	return nil
}

func (s *step) guestExit() *Rejection {
	m := s.m
	if m.guests == 0 {
		return nil
	}
	m.guests--
	if m.guests == 0 {
		// The room was active as long as somebody listened (spec 13).
		m.lastActive = max(m.lastActive, s.in.Now)
	}
	return nil
}

// RestorePresence takes over what the shell still knows of a livestream's
// presence after its actor was restarted: who is present, how many guests,
// and the numbers reached. Users present already stay as they are.
func (m *Machine) RestorePresence(users []Card, guests int, lastSeq Seq, ordinal uint64) {
	if !m.exists || m.dismissed || !m.kind.IsConnected() {
		return
	}
	entrants := make([]Entrant, len(users))
	for i := range users {
		entrants[i].Card = users[i]
	}
	m.guests = guests
	m.seq, m.ordinal = max(m.seq, lastSeq), max(m.ordinal, ordinal)
	m.joined(&Event{Time: m.now}, &Joined{Users: entrants, Method: JoinSelf})
}

// Due is when the machine next wants a Tick: batches of a livestream, expiry
// of records, recycling; 0 = never as things stand.
func (m *Machine) Due() Millis {
	if !m.exists || m.dismissed {
		return 0
	}
	due := m.fold.due(m.limits.FoldMillis)
	for _, at := range [...]Millis{m.records.nextDue(), m.recycleDue()} {
		if at != 0 && (due == 0 || at < due) {
			due = at
		}
	}
	return due
}

// Folding reports whether arrivals or departures wait to be told (spec 6.3).
func (m *Machine) Folding() bool { return m.fold.since != 0 }

// recycleDue is when the group has been without activity for too long (spec
// 13); a livestream with an audience is active.
func (m *Machine) recycleDue() Millis {
	days := m.table.Of(m.kind).RecycleAfter
	if days == 0 || (m.kind.IsConnected() && m.members.len()+m.guests > 0) {
		return 0
	}
	return m.lastActive + Millis(days)*86_400_000
}

// tick lets due periods take effect.
func (s *step) tick() *Rejection {
	m, now := s.m, s.in.Now
	s.operator = ""
	if due := m.recycleDue(); due != 0 && due <= now {
		s.end(DismissedInactive)
		return nil
	}
	if due := m.fold.due(m.limits.FoldMillis); due != 0 && due <= now {
		s.unfold()
	}
	for _, r := range m.records.expired(now, m.limits.TickRecords) {
		s.expire(r)
	}
	return nil
}

// unfold makes the tips over a batch: one for arrivals, one per reason for
// departures.
func (s *step) unfold() {
	f := &s.m.fold
	f.since = 0
	most := s.m.limits.FoldUsers
	if cards, total := f.arrived.take(most); total > 0 {
		entrants := make([]Entrant, len(cards))
		for i := range cards {
			entrants[i].Card = cards[i]
		}
		joined := &Joined{Users: entrants, Method: JoinSelf, Count: uint32(total), Folded: true}
		s.tip(s.emitBy(soleUser(cards, total), joined, true), nil, nil)
	}
	for i := range f.departed {
		if cards, total := f.departed[i].take(most); total > 0 {
			left := &Left{Users: cards, Reason: LeaveReason(i + 1), Count: uint32(total), Folded: true}
			s.tip(s.emitBy(soleUser(cards, total), left, true), nil, nil)
		}
	}
}

// soleUser is the operator of a folded tip: empty if it is over several users.
func soleUser(cards []Card, total int) UserID {
	if total == 1 {
		return cards[0].User
	}
	return ""
}
