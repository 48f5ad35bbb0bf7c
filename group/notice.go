package group

func (c SendNotice) check(l *Limits) *Rejection {
	switch {
	case len(c.Content) == 0:
		return invalid("content")
	case len(c.Content) > l.MessageBytes:
		return reject(CodeMessageTooLarge)
	}
	return nil
}

// sendNotice sends notice 255 to all members or to those named (spec 10.9).
func (s *step) sendNotice(c SendNotice) *Rejection {
	m := s.m
	if !s.asAppAdmin() {
		return reject(CodePermissionDenied)
	}
	notice := Notice{Type: NoticeCustom, Operator: s.caller(), Content: c.Content}
	if len(c.To) == 0 {
		s.d.Result.Receivers = uint32(m.members.len() + m.guests)
		s.emit(&NoticeSent{Content: c.Content}, false)
		s.tell(Effect{Frame: s.newNotice(notice), Scope: ToAllMembers})
		return nil
	}
	to := make([]UserID, 0, len(c.To))
	for _, u := range unique(c.To) {
		if m.members.get(u) != nil {
			to = append(to, u)
		}
	}
	s.d.Result.Receivers = uint32(len(to))
	if len(to) > 0 {
		s.emit(&NoticeSent{Content: c.Content, To: to}, false)
		s.notice(notice, to...)
	}
	return nil
}
