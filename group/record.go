package group

import (
	"crypto/subtle"
	"slices"
	"strconv"
	"strings"
)

// isForgotten reports whether a final record is past its keeping (spec 7.6).
func (m *Machine) isForgotten(r *Record, now Millis) bool {
	return r.State.Final() && r.UpdatedAt+Millis(m.limits.ApplicationLife) <= now
}

// isExpired reports whether a pending record is past its end, told or not.
func isExpired(r *Record, now Millis) bool {
	return !r.State.Final() && r.ExpiresAt <= now
}

// pendingOf finds the pending record of a pair. One that is past its end is
// let expire first, so that a new one can be filed.
func (s *step) pendingOf(applicant, inviter UserID) *Record {
	r := s.m.records.last(applicant, inviter)
	if r == nil || r.State.Final() {
		return nil
	}
	if isExpired(r, s.in.Now) {
		s.expire(r)
		return nil
	}
	return r
}

// file makes a record and tells those it concerns (spec 7.2, 7.3).
func (s *step) file(r Record) {
	now := s.in.Now
	r.ID = s.newID()
	r.Group = s.m.group
	r.ApplicantName = s.in.Fact(r.Applicant).Name
	if r.Applicant == s.caller() {
		r.ApplicantName = s.in.Caller.Name
	}
	r.CreatedAt, r.UpdatedAt, r.ToldAt = now, now, now
	r.ExpiresAt = now + Millis(s.m.limits.ApplicationLife)
	r.Authentication = r.ID.String() + "-" + s.secret("authentication", r.ID)
	r.MsgKey = s.secret("msg_key", r.ID)
	s.emit(&Filed{r}, false)
	s.changed(&r, true, r.concerned())
	s.ask(&r)
}

// renew takes over what is asked anew and keeps the record's state. Those it
// waits for are told again, but not too often.
func (s *step) renew(old *Record, message, userField string) {
	r := *old
	now := s.in.Now
	r.Message, r.UserDefinedField = message, userField
	r.UpdatedAt, r.ExpiresAt = now, now+Millis(s.m.limits.ApplicationLife)
	again := now-r.ToldAt >= Millis(s.m.limits.RetellMillis)
	if again {
		r.ToldAt = now
	}
	s.emit(&RecordChanged{r}, false)
	if !again {
		return
	}
	if r.State == AdminPending {
		s.changed(&r, true, toApprovers)
	} else {
		s.changed(&r, true, toInvitee)
	}
	s.ask(&r)
}

// ask sends the notice to those a record waits for: 1 to approvers, 7 to the
// invitee.
func (s *step) ask(r *Record) {
	if r.State == InviteePending {
		needs := true
		s.notice(Notice{
			Type: NoticeInvited, Operator: r.Inviter, Remark: r.Message, NeedsConsent: &needs, Application: r.ID,
		}, r.Applicant)
		return
	}
	s.notice(Notice{
		Type: NoticeJoinRequest, Operator: r.Applicant, Inviter: r.Inviter, Remark: r.Message, Application: r.ID,
		Authentication: r.Authentication, MsgKey: r.MsgKey, UserDefinedField: r.UserDefinedField,
	}, s.m.approvers()...)
}

// decide changes a record's state by a handler and tells those it concerns.
func (s *step) decide(old *Record, state ApplicationState, message string) *Record {
	r := *old
	r.State, r.Handler, r.HandleMessage, r.UpdatedAt = state, s.caller(), message, s.in.Now
	to := r.concerned()
	if state == InviteePending {
		r.ReachedInvitee, r.ToldAt = true, s.in.Now
	}
	s.emit(&RecordChanged{r}, false)
	s.changed(&r, false, to)
	return &r
}

// closeAll closes pending records of the group; what is past its end expires
// instead.
func (s *step) closeAll(ids []ApplicationID, why CloseReason) {
	for _, id := range slices.Clone(ids) {
		old := s.m.records.get(id)
		if isExpired(old, s.in.Now) {
			s.expire(old)
			continue
		}
		r := *old
		r.State, r.CloseReason, r.UpdatedAt = StateClosed, why, s.in.Now
		s.emit(&RecordChanged{r}, false)
		s.changed(&r, false, r.concerned())
	}
}

// expire ends a record whose time is over (spec 7.6).
func (s *step) expire(old *Record) {
	r := *old
	r.State, r.UpdatedAt = StateExpired, s.in.Now
	s.emitBy("", &RecordChanged{r}, false)
	s.changed(&r, false, r.concerned())
}

// told says who is told of a record.
type told uint8

const (
	// toOwn is who asked: the applicant of a join, the inviter of an invitation.
	toOwn       told = 1
	toInvitee   told = 2
	toApprovers told = 4
)

// concerned is who is told of every change: who asked, the approvers if it
// ever waited for them, the invitee once it was reached (spec 7.5).
func (r *Record) concerned() told {
	to := toOwn
	if r.NeededApproval {
		to |= toApprovers
	}
	if r.ReachedInvitee {
		to |= toInvitee
	}
	return to
}

// changed sends application_added or application_updated, to each reader once
// and with its direction (spec 7.1). Only approvers get the authentication.
func (s *step) changed(r *Record, added bool, to told) {
	bare := *r
	bare.Authentication, bare.MsgKey = "", ""
	own, direction := r.Applicant, ApplicationSent
	if r.Type == TypeInvite {
		own, direction = r.Inviter, InvitationSent
	}
	approvers := s.m.approvers()
	// An inviter may have become an approver since, and is told as one.
	if to&toOwn != 0 || to&toApprovers != 0 && slices.Contains(approvers, own) {
		s.tellRecord(added, bare, direction, own)
	}
	if to&toInvitee != 0 && r.Type == TypeInvite {
		s.tellRecord(added, bare, InvitationReceived, r.Applicant)
	}
	if to&toApprovers == 0 {
		return
	}
	if h := r.Handler; h == s.caller() && s.in.Caller.AppAdmin && r.UpdatedAt == s.in.Now && !slices.Contains(approvers, h) && h != "" {
		approvers = append(approvers, h)
	}
	approvers = slices.DeleteFunc(approvers, func(u UserID) bool { return u == own || u == r.Applicant })
	s.tellRecord(added, *r, ApplicationReceived, approvers...)
}

func (s *step) tellRecord(added bool, r Record, d Direction, to ...UserID) {
	if len(to) > 0 {
		s.tell(Effect{Frame: &ApplicationChange{Added: added, Record: r, Direction: d}, Scope: ToUsers, Users: to})
	}
}

// lookup finds the record that a handling call names: by its id, by an
// authentication, which names exactly one, or by applicant and inviter. What
// is past its keeping is not found.
func (m *Machine) lookup(c Handle, now Millis) *Record {
	r := m.records.get(c.ID)
	if c.ID == 0 {
		if r = m.byToken(c); r == nil || m.isForgotten(r, now) {
			r = m.records.last(c.Applicant, c.Inviter)
		}
	}
	if r == nil || m.isForgotten(r, now) {
		return nil
	}
	return r
}

// byToken finds the record whose authentication a handler sent back without
// knowing the inviter (spec 14.2).
func (m *Machine) byToken(c Handle) *Record {
	digits, _, found := strings.Cut(c.Authentication, "-")
	id, err := strconv.ParseUint(digits, 10, 64)
	r := m.records.get(ApplicationID(id))
	if !found || err != nil || r == nil || c.Inviter != "" || (c.Applicant != "" && c.Applicant != r.Applicant) || !fits(c.Authentication, r.Authentication) {
		return nil
	}
	return r
}

// fits reports whether what a handler sent back is the record's own.
func fits(given, own string) bool {
	return given == "" || subtle.ConstantTimeCompare([]byte(given), []byte(own)) == 1
}
