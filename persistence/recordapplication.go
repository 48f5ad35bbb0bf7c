package persistence

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence/internal/wire"
)

// EncodeRecord gives the row form of an application or invitation.
func EncodeRecord(v *group.Record) []byte {
	return appendRecord([]byte{wire.Version}, v)
}

// DecodeRecord reads a row of TableApplications; ErrCorrupt if it is none.
func DecodeRecord(data []byte) (*group.Record, error) {
	return decodeRow(data, "application", readRecord)
}

func appendRecord(b []byte, v *group.Record) []byte {
	b = wire.Uint(b, 1, v.ID)
	b = wire.String(b, 2, v.Group)
	b = wire.Uint(b, 3, v.Type)
	b = wire.String(b, 4, v.Applicant)
	b = wire.String(b, 5, v.ApplicantName)
	b = wire.String(b, 6, v.Inviter)
	b = wire.Uint(b, 7, v.InviterRole)
	b = wire.Bool(b, 8, v.Explicit)
	b = wire.String(b, 9, v.Message)
	b = wire.String(b, 10, v.UserDefinedField)
	b = wire.Uint(b, 11, v.State)
	b = wire.Uint(b, 12, v.CloseReason)
	b = wire.String(b, 13, v.Handler)
	b = wire.String(b, 14, v.HandleMessage)
	b = wire.Int(b, 15, v.CreatedAt)
	b = wire.Int(b, 16, v.UpdatedAt)
	b = wire.Int(b, 17, v.ExpiresAt)
	b = wire.String(b, 18, v.Authentication)
	b = wire.String(b, 19, v.MsgKey)
	b = wire.Bool(b, 20, v.NeededApproval)
	b = wire.Bool(b, 21, v.ReachedInvitee)
	return wire.Int(b, 22, v.ToldAt)
}

func readRecord(b []byte, v *group.Record) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.ID = group.ApplicationID(r.Uint64())
		case 2:
			v.Group = group.ID(r.Text())
		case 3:
			v.Type = group.ApplicationType(r.Uint8())
		case 4:
			v.Applicant = group.UserID(r.Text())
		case 5:
			v.ApplicantName = r.Text()
		case 6:
			v.Inviter = group.UserID(r.Text())
		case 7:
			v.InviterRole = group.Role(r.Uint8())
		case 8:
			v.Explicit = r.Bool()
		case 9:
			v.Message = r.Text()
		case 10:
			v.UserDefinedField = r.Text()
		case 11:
			v.State = group.ApplicationState(r.Uint8())
		case 12:
			v.CloseReason = group.CloseReason(r.Uint8())
		case 13:
			v.Handler = group.UserID(r.Text())
		case 14:
			v.HandleMessage = r.Text()
		default:
			readRecordTail(&r, v)
		}
	}
	return r.Err()
}

func readRecordTail(r *wire.Reader, v *group.Record) {
	switch r.Num {
	case 15:
		v.CreatedAt = group.Millis(r.Int64())
	case 16:
		v.UpdatedAt = group.Millis(r.Int64())
	case 17:
		v.ExpiresAt = group.Millis(r.Int64())
	case 18:
		v.Authentication = r.Text()
	case 19:
		v.MsgKey = r.Text()
	case 20:
		v.NeededApproval = r.Bool()
	case 21:
		v.ReachedInvitee = r.Bool()
	case 22:
		v.ToldAt = group.Millis(r.Int64())
	}
}
