package persistence

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence/internal/wire"
)

func decodeRow[T any](data []byte, what string, read func([]byte, *T) error) (*T, error) {
	body, err := wire.Body(data)
	if err != nil {
		return nil, corrupt(what, err)
	}
	v := new(T)
	if err := read(body, v); err != nil {
		return nil, corrupt(what, err)
	}
	return v, nil
}

// EncodeGroupName gives the value of a row of TableGroups.
func EncodeGroupName(v *GroupName) []byte {
	b := wire.Uint([]byte{wire.Version}, 1, v.Stream)
	b = wire.Uint(b, 2, v.Kind)
	return wire.Int(b, 3, v.ReservedUntil)
}

// DecodeGroupName reads it; ErrCorrupt if it is none.
func DecodeGroupName(data []byte) (*GroupName, error) {
	return decodeRow(data, "group name", func(b []byte, v *GroupName) error {
		r := wire.Read(b)
		for r.Next() {
			switch r.Num {
			case 1:
				v.Stream = group.StreamID(r.Uint64())
			case 2:
				v.Kind = group.Kind(r.Uint8())
			case 3:
				v.ReservedUntil = group.Millis(r.Int64())
			}
		}
		return r.Err()
	})
}

// EncodeGroupRow gives the value of a row of TableProfiles.
func EncodeGroupRow(v *GroupRow) []byte {
	b := append(make([]byte, 0, 192), wire.Version)
	if v.Dismissed {
		b = wire.IntAlways(b, 1, v.DismissedAt)
	}
	b = wire.Uint(b, 2, v.Kind)
	b = wire.String(b, 3, v.Group)
	b = wire.String(b, 4, v.Owner)
	b = wire.Message(b, 5, &v.Settings, appendSettings)
	b = wire.Int(b, 6, v.CreateTime)
	b = wire.Int(b, 7, v.LastInfoTime)
	b = wire.Uint(b, 8, v.MemberCount)
	return wire.Strings(b, 9, v.Admins)
}

// DecodeGroupRow reads it; ErrCorrupt if it is none.
func DecodeGroupRow(data []byte) (*GroupRow, error) {
	return decodeRow(data, "group row", readGroupRow)
}

func readGroupRow(b []byte, v *GroupRow) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.Dismissed, v.DismissedAt = true, group.Millis(r.Int64())
		case 2:
			v.Kind = group.Kind(r.Uint8())
		case 3:
			v.Group = group.ID(r.Text())
		case 4:
			v.Owner = group.UserID(r.Text())
		case 5:
			wire.Sub(&r, &v.Settings, readSettings)
		case 6:
			v.CreateTime = group.Millis(r.Int64())
		case 7:
			v.LastInfoTime = group.Millis(r.Int64())
		case 8:
			v.MemberCount = r.Uint32()
		case 9:
			v.Admins = append(v.Admins, group.UserID(r.Text()))
		}
	}
	return r.Err()
}

// groupDismissed reads of a group row only whether the group is no more.
func groupDismissed(data []byte) bool {
	body, err := wire.Body(data)
	if err != nil {
		return true
	}
	r := wire.Read(body)
	return r.Next() && r.Num == 1
}

// livesOn reads of a group row only whether it is a livestream that was not
// dismissed.
func livesOn(data []byte) bool {
	body, err := wire.Body(data)
	if err != nil {
		return false
	}
	r := wire.Read(body)
	return r.Next() && r.Num == 2 && group.Kind(r.Uint8()).IsConnected()
}

// EncodeUserRow gives the value of a row of TableUsers; User is the key.
func EncodeUserRow(v *UserRow) []byte {
	b := wire.Int([]byte{wire.Version}, 1, v.RegisteredAt)
	return wire.String(wire.String(b, 2, v.Name), 3, v.Avatar)
}

// DecodeUserRow reads it; ErrCorrupt if it is none.
func DecodeUserRow(user group.UserID, data []byte) (*UserRow, error) {
	v, err := decodeRow(data, "user row", func(b []byte, v *UserRow) error {
		r := wire.Read(b)
		for r.Next() {
			switch r.Num {
			case 1:
				v.RegisteredAt = group.Millis(r.Int64())
			case 2:
				v.Name = r.Text()
			case 3:
				v.Avatar = r.Text()
			}
		}
		return r.Err()
	})
	if v != nil {
		v.User = user
	}
	return v, err
}

// EncodeReadMark gives the value of a row of TableReadMarks.
func EncodeReadMark(v ReadMark) []byte {
	return wire.Uint(wire.Int([]byte{wire.Version}, 1, v.At), 2, v.Seq)
}

// DecodeReadMark reads it; ErrCorrupt if it is none.
func DecodeReadMark(data []byte) (ReadMark, error) {
	v, err := decodeRow(data, "read mark", func(b []byte, v *ReadMark) error {
		r := wire.Read(b)
		for r.Next() {
			switch r.Num {
			case 1:
				v.At = group.Millis(r.Int64())
			case 2:
				v.Seq = r.Uint64()
			}
		}
		return r.Err()
	})
	if err != nil {
		return ReadMark{}, err
	}
	return *v, nil
}
