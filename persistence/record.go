package persistence

import (
	"fmt"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence/internal/wire"
)

// Numbers of Event's fields in record.proto.
const (
	fieldPosition  = 1
	fieldSeq       = 2
	fieldOrdinal   = 3
	fieldTime      = 4
	fieldOperator  = 5
	fieldRequest   = 6
	fieldResult    = 7
	fieldGroupName = 8

	fieldCreated       = 16
	fieldJoined        = 17
	fieldLeft          = 18
	fieldKicked        = 19
	fieldRoleChanged   = 20
	fieldInfoChanged   = 21
	fieldMembersMuted  = 22
	fieldMemberChanged = 23
	fieldRemindChanged = 24
	fieldSent          = 25
	fieldFiled         = 26
	fieldRecordChanged = 27
	fieldNoticeSent    = 28
	fieldDismissed     = 29
)

// EncodeEvent gives the stored form of an event: a version byte and a message
// of record.proto. Equal events give equal bytes. An event without a body is a
// defect of the caller and panics.
func EncodeEvent(e *group.Event) []byte {
	return AppendEvent(make([]byte, 0, sizeHint(e)), e)
}

// AppendEvent is EncodeEvent into a buffer of the caller's.
func AppendEvent(b []byte, e *group.Event) []byte {
	b = append(b, wire.Version)
	b = wire.Uint(b, fieldPosition, e.Position)
	b = wire.Uint(b, fieldSeq, e.Seq)
	b = wire.Uint(b, fieldOrdinal, e.Ordinal)
	b = wire.Int(b, fieldTime, e.Time)
	b = wire.String(b, fieldOperator, e.Operator)
	b = wire.Fixed64(b, fieldRequest, e.Request)
	if e.Result != nil {
		b = wire.Message(b, fieldResult, e.Result, appendResult)
	}
	b = wire.String(b, fieldGroupName, e.GroupName)
	return appendBody(b, e.Body)
}

// sizeHint saves growing the buffer of an ordinary message.
func sizeHint(e *group.Event) int {
	size := 128 + len(e.GroupName)
	if sent, ok := e.Body.(*group.Sent); ok {
		size += len(sent.Sender.Name) + len(sent.Sender.Avatar) + len(sent.Sender.NameCard)
		for i := range sent.Elements {
			el := &sent.Elements[i]
			size += 24 + len(el.Text) + len(el.Data) + len(el.Desc) + len(el.Ext)
		}
	}
	return size
}

func appendBody(b []byte, body group.Body) []byte {
	switch v := body.(type) {
	case *group.Sent:
		return wire.Message(b, fieldSent, v, appendSent)
	case *group.Created:
		return wire.Message(b, fieldCreated, v, appendCreated)
	case *group.Joined:
		return wire.Message(b, fieldJoined, v, appendJoined)
	case *group.Left:
		return wire.Message(b, fieldLeft, v, appendLeft)
	case *group.Kicked:
		return wire.Message(b, fieldKicked, v, appendKicked)
	case *group.RoleChanged:
		return wire.Message(b, fieldRoleChanged, v, appendRoleChanged)
	case *group.InfoChanged:
		return wire.Message(b, fieldInfoChanged, v, appendInfoChanged)
	case *group.MembersMuted:
		return wire.Message(b, fieldMembersMuted, v, appendMembersMuted)
	case *group.MemberChanged:
		return wire.Message(b, fieldMemberChanged, v, appendMemberChanged)
	case *group.RemindChanged:
		return wire.Message(b, fieldRemindChanged, v, appendRemindChanged)
	case *group.Filed:
		return wire.Message(b, fieldFiled, &v.Record, appendRecord)
	case *group.RecordChanged:
		return wire.Message(b, fieldRecordChanged, &v.Record, appendRecord)
	case *group.NoticeSent:
		return wire.Message(b, fieldNoticeSent, v, appendNoticeSent)
	case *group.Dismissed:
		return wire.Message(b, fieldDismissed, v, appendDismissed)
	}
	panic(fmt.Sprintf("persistence: event body %T has no stored form", body))
}

// DecodeEvent reads the stored form of an event; ErrCorrupt if it is none.
// Fields that this version does not know are ignored.
func DecodeEvent(data []byte) (*group.Event, error) {
	body, err := wire.Body(data)
	if err != nil {
		return nil, corrupt("event", err)
	}
	e := &group.Event{}
	r := wire.Read(body)
	for r.Next() {
		switch r.Num {
		case fieldPosition:
			e.Position = group.Position(r.Uint64())
		case fieldSeq:
			e.Seq = group.Seq(r.Uint64())
		case fieldOrdinal:
			e.Ordinal = r.Uint64()
		case fieldTime:
			e.Time = group.Millis(r.Int64())
		case fieldOperator:
			e.Operator = group.UserID(r.Text())
		case fieldRequest:
			e.Request = r.Fixed64()
		case fieldResult:
			e.Result = &group.Result{}
			wire.Sub(&r, e.Result, readResult)
		case fieldGroupName:
			e.GroupName = r.Text()
		default:
			readBody(&r, e)
		}
	}
	if r.Err() == nil && e.Body == nil {
		r.Fail(wire.ErrMalformed)
	}
	if r.Err() != nil {
		return nil, corrupt("event", r.Err())
	}
	return e, nil
}

func readBody(r *wire.Reader, e *group.Event) {
	switch r.Num {
	case fieldSent:
		e.Body = sub(r, readSent)
	case fieldCreated:
		e.Body = sub(r, readCreated)
	case fieldJoined:
		e.Body = sub(r, readJoined)
	case fieldLeft:
		e.Body = sub(r, readLeft)
	case fieldKicked:
		e.Body = sub(r, readKicked)
	case fieldRoleChanged:
		e.Body = sub(r, readRoleChanged)
	case fieldInfoChanged:
		e.Body = sub(r, readInfoChanged)
	case fieldMembersMuted:
		e.Body = sub(r, readMembersMuted)
	case fieldMemberChanged:
		e.Body = sub(r, readMemberChanged)
	case fieldRemindChanged:
		e.Body = sub(r, readRemindChanged)
	case fieldFiled:
		e.Body = &group.Filed{Record: *sub(r, readRecord)}
	case fieldRecordChanged:
		e.Body = &group.RecordChanged{Record: *sub(r, readRecord)}
	case fieldNoticeSent:
		e.Body = sub(r, readNoticeSent)
	case fieldDismissed:
		e.Body = sub(r, readDismissed)
	}
}

func sub[T any](r *wire.Reader, read func([]byte, *T) error) *T {
	v := new(T)
	wire.Sub(r, v, read)
	return v
}

func corrupt(what string, err error) error {
	return fmt.Errorf("%w: %s: %w", ErrCorrupt, what, err)
}
