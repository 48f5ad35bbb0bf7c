package protocol

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// What the audit log shows of a request (spec 19.13).

// AuditParameters is the request without its id and without the parameters
// that the schema marks with debug_redact, encoded as they are stored.
func AuditParameters(req *troupev1.Request) []byte {
	kept := proto.Clone(req).(*troupev1.Request)
	kept.RequestId = ""
	redact(kept.ProtoReflect())
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(kept)
	if err != nil { // text that is not UTF-8: such a request was refused for it
		return nil
	}
	return data
}

func redact(m protoreflect.Message) {
	m.SetUnknown(nil)
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case isRedacted(f):
			m.Clear(f)
		case f.Message() != nil && f.IsList():
			for i := range v.List().Len() {
				redact(v.List().Get(i).Message())
			}
		case f.Message() != nil:
			redact(v.Message())
		}
		return true
	})
}

func isRedacted(f protoreflect.FieldDescriptor) bool {
	o, ok := f.Options().(*descriptorpb.FieldOptions)
	return ok && o.GetDebugRedact()
}

// ForAppAdmins reports whether a request asks for what no role gives, so that
// it is audited whoever sends it: an operation or a parameter that is kept for
// app_admins.
func ForAppAdmins(req *troupev1.Request, caller group.UserID) bool {
	other := func(id string) bool { return id != "" && id != string(caller) }
	switch r := req.Op.(type) {
	case *troupev1.Request_KickMembers:
		return r.KickMembers.GetSilence()
	case *troupev1.Request_CreateGroup:
		return other(r.CreateGroup.GetOwnerId())
	case *troupev1.Request_SetRemindType:
		return other(r.SetRemindType.GetUserId())
	case *troupev1.Request_ListJoinedGroups:
		return other(r.ListJoinedGroups.GetUserId())
	case *troupev1.Request_RevokeTokens:
		return other(r.RevokeTokens.GetUserId())
	case *troupev1.Request_DeleteUser:
		return other(r.DeleteUser.GetUserId())
	}
	return OpOf(req).AppAdminOnly()
}

// AuditTarget is what a request acts on: the group it names, else the user,
// else the address; "" if it names none, or several.
func AuditTarget(req *troupev1.Request) string {
	m := req.ProtoReflect()
	fd := m.WhichOneof(requestOneof)
	if fd == nil {
		return ""
	}
	if c := req.GetSendMessage().GetConversation(); c != nil {
		return c.GetId()
	}
	op := m.Get(fd).Message()
	fields := op.Descriptor().Fields()
	if f := fields.ByName("group_ids"); f != nil && op.Get(f).List().Len() == 1 {
		return op.Get(f).List().Get(0).String()
	}
	for _, name := range [...]protoreflect.Name{"group_id", "user_id", "address"} {
		if f := fields.ByName(name); f != nil && op.Get(f).String() != "" {
			return auditSubject(name, op.Get(f).String())
		}
	}
	return ""
}

// auditSubject gives a network in its one form, however it was written.
func auditSubject(field protoreflect.Name, text string) string {
	if field == "address" {
		if p, err := ParseNetwork(text); err == nil {
			return NetworkText(p)
		}
	}
	return text
}

// ReadAuditParameters reads what AuditParameters wrote; nil if it is none.
func ReadAuditParameters(data []byte) *troupev1.Request {
	req := new(troupev1.Request)
	if proto.Unmarshal(data, req) != nil {
		return nil
	}
	return req
}

// maxAuditText bounds what list_audit compares with: an operation's name, the
// longest id or network.
const maxAuditText = 64

func checkListAudit(r *troupev1.ListAudit) *Error {
	switch {
	case r.GetFrom() < 0:
		return InvalidParameter("from", "out of range")
	case r.GetTo() < 0, r.GetTo() != 0 && r.GetTo() <= r.GetFrom():
		return InvalidParameter("to", "must be later than from")
	}
	return firstError(
		optionalUser("actor", r.GetActor()),
		checkText("operation", r.GetOperation(), maxAuditText),
		checkText("target", r.GetTarget(), maxAuditText),
		checkRange("order", r.GetOrder(), troupev1.Order_ORDER_NEWEST, troupev1.Order_ORDER_OLDEST),
		checkCursor(r.GetCursor()),
		checkCount("count", r.Count, MaxPage),
	)
}
