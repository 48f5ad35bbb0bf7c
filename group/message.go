package group

func (c Send) check(l *Limits) *Rejection {
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

// send accepts a message (spec 10.3).
func (s *step) send(c Send) *Rejection {
	sender, role := s.m.members.get(s.caller()), NoRole
	if sender == nil && !s.isAppAdmin() {
		return reject(CodeNotMember)
	}
	if sender != nil {
		role = sender.Role
	} else {
		sender = s.m.standing[s.caller()]
	}
	if r := s.silenced(role); r != nil {
		return r
	}
	random := c.Random
	if !c.RandomGiven {
		random = uint32(s.draw())
	}
	e := s.emit(&Sent{Sender: s.cardOf(s.caller(), sender), Random: random, Elements: c.Elements}, true)
	s.tell(Effect{Frame: s.shown(e), Scope: ToGroup, NotCaller: true})
	s.d.Result.Seq, s.d.Result.Time, s.d.Result.Random = e.Seq, e.Time, random
	return nil
}
