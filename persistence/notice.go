package persistence

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence/internal/wire"
)

// EncodeGroupNotice gives the value of a row of TableNotices.
func EncodeGroupNotice(v *GroupNotice) []byte {
	b := wire.String([]byte{wire.Version}, 1, v.Group)
	b = wire.Uint(b, 2, v.Position)
	return wire.Message(b, 3, &v.Notice, appendNotice)
}

// DecodeGroupNotice reads it; ErrCorrupt if it is none.
func DecodeGroupNotice(data []byte) (*GroupNotice, error) {
	return decodeRow(data, "group notice", func(b []byte, v *GroupNotice) error {
		r := wire.Read(b)
		for r.Next() {
			switch r.Num {
			case 1:
				v.Group = group.ID(r.Text())
			case 2:
				v.Position = group.Position(r.Uint64())
			case 3:
				wire.Sub(&r, &v.Notice, readNotice)
			}
		}
		return r.Err()
	})
}

// EncodeInboxEntry gives the value of a row of TableInbox; Seq is in the key.
func EncodeInboxEntry(v *InboxEntry) []byte {
	b := wire.String([]byte{wire.Version}, 1, v.Group)
	return wire.Message(b, 2, &v.Notice, appendNotice)
}

// DecodeInboxEntry reads it; ErrCorrupt if it is none.
func DecodeInboxEntry(seq uint64, data []byte) (*InboxEntry, error) {
	v, err := decodeRow(data, "inbox entry", func(b []byte, v *InboxEntry) error {
		r := wire.Read(b)
		for r.Next() {
			switch r.Num {
			case 1:
				v.Group = group.ID(r.Text())
			case 2:
				wire.Sub(&r, &v.Notice, readNotice)
			}
		}
		return r.Err()
	})
	if v != nil {
		v.Seq = seq
	}
	return v, err
}

func appendNotice(b []byte, v *group.Notice) []byte {
	b = wire.Uint(b, 1, v.Type)
	b = wire.String(b, 2, v.Operator)
	b = wire.String(b, 3, v.Inviter)
	b = wire.String(b, 4, v.GroupName)
	b = wire.String(b, 5, v.Remark)
	b = wire.Int(b, 6, v.Time)
	b = wire.Uint(b, 7, v.Random)
	b = wire.String(b, 8, v.MsgKey)
	b = wire.String(b, 9, v.Authentication)
	b = wire.String(b, 10, v.UserDefinedField)
	b = wire.Strings(b, 11, v.Users)
	if v.NeedsConsent != nil {
		b = wire.BoolAlways(b, 12, *v.NeedsConsent)
	}
	b = wire.Uint(b, 13, v.Application)
	return wire.String(b, 14, v.Content)
}

func readNotice(b []byte, v *group.Notice) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.Type = group.NoticeType(r.Uint8())
		case 2:
			v.Operator = group.UserID(r.Text())
		case 3:
			v.Inviter = group.UserID(r.Text())
		case 4:
			v.GroupName = r.Text()
		case 5:
			v.Remark = r.Text()
		case 6:
			v.Time = group.Millis(r.Int64())
		case 7:
			v.Random = r.Uint32()
		case 8:
			v.MsgKey = r.Text()
		case 9:
			v.Authentication = r.Text()
		case 10:
			v.UserDefinedField = r.Text()
		default:
			readNoticeTail(&r, v)
		}
	}
	return r.Err()
}

func readNoticeTail(r *wire.Reader, v *group.Notice) {
	switch r.Num {
	case 11:
		v.Users = append(v.Users, group.UserID(r.Text()))
	case 12:
		needs := r.Bool()
		v.NeedsConsent = &needs
	case 13:
		v.Application = group.ApplicationID(r.Uint64())
	case 14:
		v.Content = append([]byte(nil), r.Bytes()...)
	}
}
