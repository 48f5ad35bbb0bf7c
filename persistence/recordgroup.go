package persistence

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence/internal/wire"
)

func appendCreated(b []byte, v *group.Created) []byte {
	b = wire.String(b, 1, v.Group)
	b = wire.Uint(b, 2, v.Stream)
	b = wire.Uint(b, 3, v.Kind)
	b = wire.String(b, 4, v.Creator)
	b = wire.Message(b, 5, &v.Owner, appendCard)
	b = wire.Message(b, 6, &v.Settings, appendSettings)
	return wire.Bool(b, 7, v.OwnerJoins)
}

func readCreated(b []byte, v *group.Created) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.Group = group.ID(r.Text())
		case 2:
			v.Stream = group.StreamID(r.Uint64())
		case 3:
			v.Kind = group.Kind(r.Uint8())
		case 4:
			v.Creator = group.UserID(r.Text())
		case 5:
			wire.Sub(&r, &v.Owner, readCard)
		case 6:
			wire.Sub(&r, &v.Settings, readSettings)
		case 7:
			v.OwnerJoins = r.Bool()
		}
	}
	return r.Err()
}

func appendChange(b []byte, v *group.Change) []byte {
	b = wire.Uint(b, 1, v.Field)
	b = wire.String(b, 2, v.Value)
	return appendFields(b, 3, v.Fields)
}

func readChange(b []byte, v *group.Change) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.Field = group.Field(r.Uint8())
		case 2:
			v.Value = r.Text()
		case 3:
			v.Fields = add(&r, v.Fields, readField)
		}
	}
	return r.Err()
}

func appendInfoChanged(b []byte, v *group.InfoChanged) []byte {
	for i := range v.Changes {
		b = wire.Message(b, 1, &v.Changes[i], appendChange)
	}
	if v.Modes != nil {
		b = wire.Message(b, 2, v.Modes, appendModes)
	}
	if v.Mute != nil {
		b = wire.Message(b, 3, v.Mute, appendMute)
	}
	b = wire.Uint(b, 4, v.MaxMembers)
	if v.Owner != (group.Card{}) {
		b = wire.Message(b, 5, &v.Owner, appendCard)
	}
	return wire.String(b, 6, v.OldOwner)
}

func readInfoChanged(b []byte, v *group.InfoChanged) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.Changes = add(&r, v.Changes, readChange)
		case 2:
			v.Modes = sub(&r, readModes)
		case 3:
			v.Mute = sub(&r, readMute)
		case 4:
			v.MaxMembers = r.Uint32()
		case 5:
			wire.Sub(&r, &v.Owner, readCard)
		case 6:
			v.OldOwner = group.UserID(r.Text())
		}
	}
	return r.Err()
}

func appendDismissed(b []byte, v *group.Dismissed) []byte { return wire.Uint(b, 1, v.Reason) }

func readDismissed(b []byte, v *group.Dismissed) error {
	r := wire.Read(b)
	for r.Next() {
		if r.Num == 1 {
			v.Reason = group.DismissReason(r.Uint8())
		}
	}
	return r.Err()
}

func appendUserResult(b []byte, v *group.UserResult) []byte {
	b = wire.String(b, 1, v.User)
	b = wire.Uint(b, 2, v.Status)
	return wire.Int(b, 3, v.Code)
}

func readUserResult(b []byte, v *group.UserResult) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.User = group.UserID(r.Text())
		case 2:
			v.Status = group.Outcome(r.Uint8())
		case 3:
			v.Code = group.Code(r.Int32())
		}
	}
	return r.Err()
}

// appendResult leaves out what a repeat reads from the present state: of Group
// and Member it keeps that they were shown, and whose.
func appendResult(b []byte, v *group.Result) []byte {
	b = wire.Int(b, 1, v.Code)
	b = wire.Uint(b, 2, v.Outcome)
	for i := range v.Users {
		b = wire.Message(b, 3, &v.Users[i], appendUserResult)
	}
	b = wire.Uint(b, 4, v.Seq)
	b = wire.Int(b, 5, v.Time)
	b = wire.Uint(b, 6, v.Random)
	b = wire.Uint(b, 7, v.Receivers)
	if v.Modes != nil {
		b = wire.Message(b, 8, v.Modes, appendModes)
	}
	if v.Mute != nil {
		b = wire.Message(b, 9, v.Mute, appendMute)
	}
	b = wire.Bool(b, 10, v.Group != nil)
	if v.Member != nil {
		b = wire.Bool(b, 11, true)
		b = wire.String(b, 12, v.Member.User)
	}
	return b
}

func readResult(b []byte, v *group.Result) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.Code = group.Code(r.Int32())
		case 2:
			v.Outcome = group.Outcome(r.Uint8())
		case 3:
			v.Users = add(&r, v.Users, readUserResult)
		case 4:
			v.Seq = group.Seq(r.Uint64())
		case 5:
			v.Time = group.Millis(r.Int64())
		case 6:
			v.Random = r.Uint32()
		case 7:
			v.Receivers = r.Uint32()
		case 8:
			v.Modes = sub(&r, readModes)
		case 9:
			v.Mute = sub(&r, readMute)
		case 10:
			v.Group = present(r.Bool(), v.Group)
		case 11:
			v.Member = present(r.Bool(), v.Member)
		case 12:
			v.Member = present(true, v.Member)
			v.Member.User = group.UserID(r.Text())
		}
	}
	return r.Err()
}

// present makes an empty value that says "this was shown".
func present[T any](shown bool, v *T) *T {
	if shown && v == nil {
		return new(T)
	}
	return v
}
