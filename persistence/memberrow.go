package persistence

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence/internal/wire"
)

// EncodeMemberRow gives the value of a row of TableMembers.
func EncodeMemberRow(v *MemberRow) []byte {
	b := append(make([]byte, 0, 96), wire.Version)
	b = wire.Uint(b, 1, v.Stream)
	b = wire.Uint(b, 2, v.Kind)
	b = wire.String(b, 3, v.Group)
	b = wire.Uint(b, 4, v.Role)
	b = wire.Int(b, 5, v.JoinTime)
	b = wire.Uint(b, 6, v.JoinSeq)
	b = wire.Uint(b, 7, v.JoinPosition)
	b = wire.Uint(b, 8, v.JoinOrdinal)
	b = wire.Uint(b, 9, v.JoinSent)
	b = wire.Uint(b, 10, v.VisibleFrom)
	b = wire.Uint(b, 11, v.LeftSeq)
	b = wire.Uint(b, 12, v.LeftPosition)
	b = wire.Int(b, 13, v.LeftTime)
	b = wire.Uint(b, 14, v.Remind)
	b = wire.String(b, 15, v.NameCard)
	return wire.Uint(b, 16, v.LeftOrdinal)
}

// DecodeMemberRow reads it; ErrCorrupt if it is none.
func DecodeMemberRow(data []byte) (*MemberRow, error) {
	return decodeRow(data, "member row", readMemberRow)
}

// readMemberRow sets the fields that b names, so it also applies a patch.
func readMemberRow(b []byte, v *MemberRow) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.Stream = group.StreamID(r.Uint64())
		case 2:
			v.Kind = group.Kind(r.Uint8())
		case 3:
			v.Group = group.ID(r.Text())
		case 4:
			v.Role = group.Role(r.Uint8())
		case 5:
			v.JoinTime = group.Millis(r.Int64())
		case 6:
			v.JoinSeq = group.Seq(r.Uint64())
		case 7:
			v.JoinPosition = group.Position(r.Uint64())
		case 8:
			v.JoinOrdinal = r.Uint64()
		case 9:
			v.JoinSent = r.Uint64()
		case 10:
			v.VisibleFrom = group.Seq(r.Uint64())
		default:
			readMemberRowTail(&r, v)
		}
	}
	return r.Err()
}

func readMemberRowTail(r *wire.Reader, v *MemberRow) {
	switch r.Num {
	case 11:
		v.LeftSeq = group.Seq(r.Uint64())
	case 12:
		v.LeftPosition = group.Position(r.Uint64())
	case 13:
		v.LeftTime = group.Millis(r.Int64())
	case 14:
		v.Remind = group.RemindType(r.Uint8())
	case 15:
		v.NameCard = r.Text()
	case 16:
		v.LeftOrdinal = r.Uint64()
	}
}

// Patches hold the fields that change, zero values too. OpMerge applies them,
// so that a change of one field needs no knowledge of the others.

func patchRole(role group.Role) []byte {
	return wire.UintAlways([]byte{wire.Version}, 4, role)
}

func patchRemind(remind group.RemindType) []byte {
	return wire.UintAlways([]byte{wire.Version}, 14, remind)
}

func patchNameCard(card string) []byte {
	return wire.StringAlways([]byte{wire.Version}, 15, card)
}

// patchLeft ends a membership: role and name card end (spec 6.4).
func patchLeft(seq group.Seq, ordinal uint64, e *group.Event) []byte {
	b := wire.UintAlways([]byte{wire.Version}, 4, group.NoRole)
	b = wire.UintAlways(b, 11, seq)
	b = wire.UintAlways(b, 12, e.Position)
	b = wire.IntAlways(b, 13, e.Time)
	b = wire.StringAlways(b, 15, "")
	return wire.UintAlways(b, 16, ordinal)
}

// mergeMemberRow applies a patch to a stored row. A former membership is not
// changed any more: an owner who left has no role to lose.
func mergeMemberRow(old, patch []byte) ([]byte, error) {
	row, err := DecodeMemberRow(old)
	if err != nil {
		return nil, err
	}
	if row.Role == group.NoRole {
		return old, nil
	}
	body, err := wire.Body(patch)
	if err != nil {
		return nil, corrupt("member patch", err)
	}
	if err := readMemberRow(body, row); err != nil {
		return nil, corrupt("member patch", err)
	}
	return EncodeMemberRow(row), nil
}
