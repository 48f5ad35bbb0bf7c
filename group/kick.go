package group

func (c Kick) check(l *Limits) *Rejection {
	if runes(c.Reason) > reasonRunes {
		return invalid("reason")
	}
	return checkUsers(c.Users, l.UsersPerCall)
}

// kick removes members (spec 6.5).
func (s *step) kick(c Kick) *Rejection {
	m := s.m
	if r := s.inCircle(s.policy.KickBy); r != nil {
		return r
	}
	if c.Silence && !s.asAppAdmin() {
		return reject(CodePermissionDenied)
	}
	var cards []Card
	var gone []UserID
	var reminds []RemindType
	for _, u := range unique(c.Users) {
		entry := UserResult{User: u, Status: Removed}
		member := m.members.get(u)
		if r := s.target(u, member != nil); r != nil {
			entry.Status, entry.Code = Failed, r.Code
		} else {
			cards, gone = append(cards, s.card(u)), append(gone, u)
			reminds = append(reminds, max(member.Remind, AcceptNotify))
		}
		s.d.Result.Users = append(s.d.Result.Users, entry)
	}
	if len(gone) > 0 {
		s.removed(&Kicked{Users: cards, Reason: c.Reason, Silent: c.Silence}, gone, reminds)
	}
	s.showGroup()
	return nil
}

// target checks a user acted on: in the group, not the owner, of lower rank.
func (s *step) target(u UserID, isIn bool) *Rejection {
	switch {
	case u == s.m.owner && u != "":
		return reject(CodeOwnerRoleFixed)
	case !isIn:
		return reject(CodeTargetNotMember)
	}
	return s.mayActOn(u)
}

func (s *step) removed(k *Kicked, gone []UserID, reminds []RemindType) {
	m := s.m
	if m.kind.IsConnected() {
		for _, u := range gone {
			m.fold.arrived.drop(u)
		}
	}
	s.tip(s.emit(k, s.memberTips() && !k.Silent), nil, gone)
	if !k.Silent {
		s.notice(Notice{Type: NoticeKicked, Operator: s.caller(), Remark: k.Reason}, gone...)
	}
	if !m.kind.IsConnected() {
		for i, u := range gone {
			s.conversation(u, ConversationChanged{Disabled: true, Remind: reminds[i]})
		}
	}
	for _, u := range gone {
		s.closeAll(m.records.byInviter[u], CloseInviterRemoved)
	}
	if m.members.len() == 0 && s.policy.OnEmpty == EmptyDismisses {
		s.end(DismissedEmpty)
	}
}
