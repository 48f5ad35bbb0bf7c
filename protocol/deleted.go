package protocol

import (
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Deleted knows the users that were deleted and how they are shown (spec
// 19.14). An id may have belonged to several, one after the other.
type Deleted interface {
	// At gives who is shown for an id that something at a moment names; nil: the
	// user was not deleted after it.
	At(user group.UserID, at group.Millis) *DeletedUser
	// Present gives who is shown for the id of whoever is a member, an owner or
	// an operator now; nil: it is a user.
	Present(user group.UserID) *DeletedUser
}

// DeletedUser is what is shown in place of a deleted user.
type DeletedUser struct {
	ID group.UserID
	// Erased is when its messages were erased with it; 0: they stay.
	Erased group.Millis
}

// ShowDeleted puts what is shown of deleted users in their place, wherever a
// frame names users. The frame is changed, so nobody else may have it yet.
//
// It leaves alone what a caller has said itself, the ids of per-user results and
// of its own login, and what app_admins read: the audit log and the bans.
func ShowDeleted(f *troupev1.Frame, by Deleted) {
	s := shower{by}
	switch f := f.Frame.(type) {
	case *troupev1.Frame_Event:
		s.event(f.Event)
	case *troupev1.Frame_Answer:
		s.answer(f.Answer)
	}
}

type shower struct{ by Deleted }

func (s shower) event(e *troupev1.Event) {
	switch e := e.Event.(type) {
	case *troupev1.Event_Message:
		s.message(e.Message)
	case *troupev1.Event_SystemNotice:
		s.notice(e.SystemNotice)
	case *troupev1.Event_ApplicationAdded:
		s.application(e.ApplicationAdded.Record)
	case *troupev1.Event_ApplicationUpdated:
		s.application(e.ApplicationUpdated.Record)
	case *troupev1.Event_GroupModesChanged:
		s.present(e.GroupModesChanged.OperatorId)
	case *troupev1.Event_GroupMuted:
		s.present(e.GroupMuted.OperatorId)
	}
}

// id shows an id that something at a moment names.
func (s shower) id(id *string, at int64) {
	if *id == "" {
		return
	}
	if d := s.by.At(group.UserID(*id), group.Millis(at)); d != nil {
		*id = string(d.ID)
	}
}

// present shows an id that has no moment; nil is none.
func (s shower) present(id *string) {
	if id == nil || *id == "" {
		return
	}
	if d := s.by.Present(group.UserID(*id)); d != nil {
		*id = string(d.ID)
	}
}

func (s shower) card(c *troupev1.UserCard, at int64) {
	if c == nil {
		return
	}
	if d := s.by.At(group.UserID(c.UserId), group.Millis(at)); d != nil {
		c.UserId, c.Name, c.Avatar, c.NameCard, c.Deleted = string(d.ID), "", "", "", true
	}
}

func (s shower) message(m *troupev1.Message) {
	if m == nil {
		return
	}
	if d := s.by.At(group.UserID(m.SenderId), group.Millis(m.Time)); d != nil && m.SenderId != "" {
		m.SenderId = string(d.ID)
		if d.Erased != 0 {
			m.Elements = nil
			m.Recalled = &troupev1.Recalled{By: proto.String(""), Time: int64(d.Erased)}
		}
	}
	s.card(m.Sender, m.Time)
	for _, e := range m.Elements {
		if t := e.GetGroupTip(); t != nil {
			s.tip(t)
		}
	}
}

func (s shower) tip(t *troupev1.GroupTip) {
	if t.OperatorId != nil {
		s.id(t.OperatorId, t.Time)
	}
	for _, c := range t.Users {
		s.card(c, t.Time)
	}
	for _, c := range t.Changes {
		if c.Field == fieldNames[group.FieldOwner] && c.Value != nil {
			s.id(c.Value, t.Time)
		}
	}
	for _, m := range t.Members {
		if d := s.by.At(group.UserID(m.UserId), group.Millis(t.Time)); d != nil {
			m.UserId, m.NameCard, m.CustomFields = string(d.ID), nil, nil
		}
	}
}

func (s shower) notice(n *troupev1.SystemNotice) {
	s.id(&n.OperatorId, n.Time)
	s.id(&n.InviterId, n.Time)
	for i := range n.UserIds {
		s.id(&n.UserIds[i], n.Time)
	}
}

// application: who is named in it was so when it was made, but for who handled it.
func (s shower) application(a *troupev1.Application) {
	if a == nil {
		return
	}
	s.id(&a.ApplicantId, a.CreatedAt)
	s.id(&a.InviterId, a.CreatedAt)
	s.id(&a.HandlerId, a.UpdatedAt)
	s.card(a.Applicant, a.CreatedAt)
	s.card(a.Inviter, a.CreatedAt)
	s.card(a.Handler, a.UpdatedAt)
}
