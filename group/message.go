package group

func (c Send) check(l *Limits) *Rejection {
	if c.Priority > PriorityHigh {
		return invalid("priority")
	}
	if len(c.Elements) == 0 || len(c.Elements) > l.MessageElements {
		return invalid("elements")
	}
	size := 0
	for i := range c.Elements {
		n, field := c.Elements[i].size()
		if field != "" {
			return invalid(field)
		}
		size += n
	}
	if size > l.MessageBytes {
		return reject(CodeMessageTooLarge)
	}
	return nil
}

// size is what an element counts (spec 10.1), or the field that is wrong.
func (e *Element) size() (n int, field string) {
	switch e.Type {
	case ElementText:
		if e.Text == "" {
			return 0, "elements.text"
		}
		return len(e.Text), ""
	case ElementFace:
		if len(e.Data) > faceDataBytes {
			return 0, "elements.data"
		}
		return len(e.Data), ""
	case ElementCustom:
		if e.Data == "" {
			return 0, "elements.data"
		}
		return len(e.Data) + len(e.Desc) + len(e.Ext), ""
	}
	return 0, "elements.type"
}

// Offer tells the keeper of a room's budget about a message (spec 19.9).
// False: the budget has no say, because Step refuses the message or has met it
// before.
func (m *Machine) Offer(in *Input) (p Priority, bytes int, ok bool) {
	c, isSend := in.Command.(Send)
	if !isSend || !m.exists || m.dismissed {
		return 0, 0, false
	}
	if _, _, met := m.repeats.lookup(in); met || c.check(&m.limits) != nil {
		return 0, 0, false
	}
	s := step{m: m, in: in, policy: m.table.Of(m.kind)}
	if _, r := s.maySend(c); r != nil {
		return 0, 0, false
	}
	for i := range c.Elements {
		n, _ := c.Elements[i].size()
		bytes += n
	}
	return s.priority(c), bytes, true
}

// send accepts a message (spec 10.3).
func (s *step) send(c Send) *Rejection {
	sender, r := s.maySend(c)
	if r != nil {
		return r
	}
	if c.Shed != 0 {
		s.shed(c)
		return nil
	}
	random := c.Random
	if !c.RandomGiven {
		random = uint32(s.draw())
	}
	e := s.emit(&Sent{
		Sender: s.cardOf(s.caller(), sender), Random: random, Elements: c.Elements, Priority: s.priority(c),
	}, true)
	s.tell(Effect{Frame: s.shown(e), Scope: ToGroup, NotCaller: true})
	s.d.Result.Seq, s.d.Result.Time, s.d.Result.Random = e.Seq, e.Time, random
	return nil
}

// maySend judges the caller and gives its membership; an app_admin may have none.
func (s *step) maySend(c Send) (*MemberState, *Rejection) {
	sender, role := s.m.members.get(s.caller()), NoRole
	if sender == nil && !s.aboveRoles() {
		return nil, reject(CodeNotMember)
	}
	if sender != nil {
		role = sender.Role
	} else {
		sender = s.m.standing[s.caller()]
	}
	if r := s.silenced(role); r != nil {
		return nil, r
	}
	if s.priority(c) == PriorityHigh && !s.policy.PriorityHighBy.has(role) && !s.aboveRoles() {
		return nil, &Rejection{Code: CodePermissionDenied, Field: "priority"}
	}
	return sender, nil
}

// priority is that of a message; zero where the kind has none (row 41 n/a).
func (s *step) priority(c Send) Priority {
	switch {
	case s.policy.PriorityHighBy == 0:
		return 0
	case c.Priority == 0:
		return PriorityNormal
	}
	return c.Priority
}

// shed gives a message up: its number is taken, so that nothing is left out
// unnamed (spec 19.9).
func (s *step) shed(c Send) {
	e := s.emit(&Shed{Sender: s.caller(), Priority: s.priority(c)}, true)
	s.tell(Effect{Frame: s.shown(e), Scope: ToGroup})
	s.d.Result = Result{Code: CodeMessageShed, Seq: e.Seq, Shed: c.Shed, RetryAfter: c.RetryAfter}
}
