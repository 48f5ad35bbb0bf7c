package group

import "slices"

func (c Leave) check(*Limits) *Rejection {
	if c.Reason > LeaveAccountDeleted {
		return invalid("reason")
	}
	return nil
}

// leave ends a membership (spec 6.4). The server itself ends that of others:
// presence in livestreams, and accounts that are deleted.
func (s *step) leave(c Leave) *Rejection {
	u, reason := s.caller(), LeaveOwnWill
	if s.in.Caller.System {
		u, reason = c.User, max(c.Reason, LeaveOwnWill)
		s.operator = u
	}
	m := s.m
	isOwner := m.owner == u && u != ""
	if isOwner && reason == LeaveOwnWill && s.policy.OwnerLeave == LeaveRefused {
		return reject(CodeOwnerCannotLeave)
	}
	member := m.members.get(u)
	if reason == LeaveAccountDeleted {
		s.closeAll(m.records.byApplicant[u], CloseAccountDeleted)
		s.closeAll(m.records.byInviter[u], CloseAccountDeleted)
		s.forgive(u)
		defer s.unseat(u)
	}
	switch {
	case member != nil:
		s.goes(member, reason)
	case reason == LeaveAccountDeleted:
		return nil
	default:
		return reject(CodeNotMember)
	}
	switch {
	case m.members.len() == 0:
		if s.policy.OnEmpty == EmptyDismisses {
			s.end(DismissedEmpty)
		}
	case isOwner && !m.kind.IsConnected() && s.succeeds(reason):
		s.follow(reason)
	}
	return nil
}

// goes takes a member out and tells the others, and itself.
func (s *step) goes(member *MemberState, reason LeaveReason) {
	u, remind := member.User, max(member.Remind, AcceptNotify)
	card := s.cardOf(u, member)
	left := &Left{Users: []Card{card}, Reason: reason, Count: 1}
	s.tip(s.emit(left, s.policy.MemberChangeNotices == NoticesOn), nil, []UserID{u})
	if s.policy.MemberChangeNotices == NoticesBatched {
		s.m.fold.depart(card, reason, s.in.Now)
	}
	if reason == LeaveOwnWill || reason == LeaveMoved {
		s.notice(Notice{Type: NoticeQuit, Operator: u}, u)
	}
	if reason != LeaveAccountDeleted && !s.m.kind.IsConnected() {
		s.conversation(u, ConversationChanged{Disabled: true, Remind: remind})
	}
}

// succeeds reports whether somebody follows an owner that left.
func (s *step) succeeds(reason LeaveReason) bool {
	switch s.policy.OwnerLeave {
	case LeaveTransfers:
		return true
	case LeaveRefused:
		// Only a deleted account gets here (spec 19.14).
		return reason == LeaveAccountDeleted
	}
	return false
}

// follow makes the earliest member owner; after a deleted account the
// earliest admin goes first (spec 6.4, 19.14).
func (s *step) follow(reason LeaveReason) {
	heir := s.m.members.earliest()
	if reason == LeaveAccountDeleted && len(s.m.admins) > 0 {
		heir = slices.MinFunc(s.adminStates(), func(a, b *MemberState) int { return int(int64(a.Order) - int64(b.Order)) })
	}
	s.newOwner("", heir.User, "")
}

// forgive ends the mute of a deleted account, which would otherwise wait for
// the next user of that id (spec 8.1, 19.14). Nobody is told.
func (s *step) forgive(u UserID) {
	if s.m.mutedUntil(u, s.in.Now) != 0 {
		s.emit(&MembersMuted{Users: []MutedUser{{User: u}}}, false)
	}
}

// unseat ends the standing of a deleted account in a livestream, present or
// not; another owner is found as elsewhere (spec 19.14).
func (s *step) unseat(u UserID) {
	m := s.m
	kept := m.standing[u]
	if kept == nil || m.dismissed {
		return
	}
	if m.owner != u {
		card := s.cardOf(u, kept)
		card.Role = Member
		s.emit(&RoleChanged{User: card, From: Admin}, false)
		return
	}
	var heir UserID
	if len(m.admins) > 0 {
		heir = m.admins[0]
	} else if first := m.members.earliest(); first != nil {
		heir = first.User
	}
	s.newOwner("", heir, u)
}

func (s *step) adminStates() []*MemberState {
	list := make([]*MemberState, 0, len(s.m.admins))
	for _, u := range s.m.admins {
		list = append(list, s.m.members.get(u))
	}
	return list
}

// dismiss ends the group by call (spec 6.2).
func (s *step) dismiss() *Rejection {
	role := s.callerRole()
	switch {
	case s.policy.DismissBy.has(role), s.aboveRoles():
	case role == Owner && s.policy.DismissBy == CircleAppAdmin:
		return reject(CodeNotSupported)
	default:
		return reject(CodePermissionDenied)
	}
	s.end(DismissedByCall)
	return nil
}

// end dismisses the group and tells those it concerns: notice 5 or 11, closed
// records (approvers excepted), disabled conversations (spec 6.2, 13).
func (s *step) end(why DismissReason) {
	m := s.m
	pending := m.records.allPending()
	left := m.members.len() + m.guests
	switch why {
	case DismissedByCall:
		s.emit(&Dismissed{why}, false)
		s.tell(Effect{Frame: s.newNotice(Notice{Type: NoticeDismissed, Operator: s.caller()}), Scope: ToAllMembers})
	case DismissedInactive:
		s.emitBy("", &Dismissed{why}, false)
		s.tell(Effect{Frame: s.newNotice(Notice{Type: NoticeRecycled}), Scope: ToAllMembers})
	default:
		s.emitBy("", &Dismissed{why}, false)
	}
	if left > 0 && !m.kind.IsConnected() {
		s.tell(Effect{Frame: &ConversationChanged{Disabled: true}, Scope: ToAllMembers})
	}
	for _, old := range pending {
		r := m.records.get(old.ID)
		s.changed(r, false, r.concerned()&^toApprovers)
	}
	s.tell(Effect{Scope: ToGroup, Closed: true})
}
