package protocol

import (
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// SystemNotice shows a notice as its receiver sees it (spec 14.2). seq is the
// number in the receiver's inbox, 0 for guests.
func SystemNotice(id group.ID, n *group.Notice, seq uint64) *troupev1.SystemNotice {
	out := &troupev1.SystemNotice{
		NoticeType: uint32(n.Type), From: SystemID, Seq: seq, Random: n.Random, MsgKey: n.MsgKey,
		Time: int64(n.Time), GroupId: string(id), GroupName: n.GroupName,
		OperatorId: string(n.Operator), InviterId: string(n.Inviter), Remark: n.Remark,
		Authentication: n.Authentication, UserDefinedField: n.UserDefinedField,
		NeedsConsent: n.NeedsConsent, Content: n.Content, Display: proto.Bool(Displayed(n.Type)),
	}
	if n.Application != 0 {
		out.ApplicationId = n.Application.String()
	}
	for _, u := range n.Users {
		out.UserIds = append(out.UserIds, string(u))
	}
	return out
}

// Displayed is the display hint of a notice: those with it count as unread
// (spec 10.6, 14.2).
func Displayed(t group.NoticeType) bool {
	return t != group.NoticeCreated && t != group.NoticeQuit && t != group.NoticeRecycled
}

// NoticeEvent is a notice as an event.
func NoticeEvent(id group.ID, n *group.Notice, seq uint64) *troupev1.Event {
	return &troupev1.Event{Event: &troupev1.Event_SystemNotice{SystemNotice: SystemNotice(id, n, seq)}}
}

// Application shows a record to a reader who stands to it in a direction.
// What lets one handle it is for approvers only (spec 7.1).
func Application(r *group.Record, d group.Direction) *troupev1.Application {
	out := &troupev1.Application{
		ApplicationId: r.ID.String(), GroupId: string(r.Group), Type: troupev1.ApplicationType(r.Type),
		ApplicantId: string(r.Applicant), InviterId: string(r.Inviter), InviterRole: troupev1.Role(r.InviterRole),
		Explicit: r.Explicit, Message: r.Message, UserDefinedField: r.UserDefinedField,
		State: troupev1.ApplicationState(r.State), CloseReason: troupev1.CloseReason(r.CloseReason),
		HandlerId: string(r.Handler), HandleMessage: r.HandleMessage,
		CreatedAt: int64(r.CreatedAt), UpdatedAt: int64(r.UpdatedAt), ExpiresAt: int64(r.ExpiresAt),
		Direction: troupev1.Direction(d),
	}
	if d == group.ApplicationReceived {
		out.Authentication, out.MsgKey = r.Authentication, r.MsgKey
	}
	return out
}
