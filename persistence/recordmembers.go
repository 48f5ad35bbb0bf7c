package persistence

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence/internal/wire"
)

func appendEntrant(b []byte, e *group.Entrant) []byte {
	b = wire.Message(b, 1, &e.Card, appendCard)
	return appendPairs(b, 2, e.CustomFields)
}

func readEntrant(b []byte, e *group.Entrant) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			wire.Sub(&r, &e.Card, readCard)
		case 2:
			e.CustomFields = add(&r, e.CustomFields, readPair)
		}
	}
	return r.Err()
}

func appendJoined(b []byte, v *group.Joined) []byte {
	for i := range v.Users {
		b = wire.Message(b, 1, &v.Users[i], appendEntrant)
	}
	b = wire.Uint(b, 2, v.Method)
	b = wire.Uint(b, 3, v.Count)
	return wire.Bool(b, 4, v.Folded)
}

func readJoined(b []byte, v *group.Joined) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.Users = add(&r, v.Users, readEntrant)
		case 2:
			v.Method = group.JoinMethod(r.Uint8())
		case 3:
			v.Count = r.Uint32()
		case 4:
			v.Folded = r.Bool()
		}
	}
	return r.Err()
}

func appendLeft(b []byte, v *group.Left) []byte {
	b = appendCards(b, 1, v.Users)
	b = wire.Uint(b, 2, v.Reason)
	b = wire.Uint(b, 3, v.Count)
	return wire.Bool(b, 4, v.Folded)
}

func readLeft(b []byte, v *group.Left) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.Users = add(&r, v.Users, readCard)
		case 2:
			v.Reason = group.LeaveReason(r.Uint8())
		case 3:
			v.Count = r.Uint32()
		case 4:
			v.Folded = r.Bool()
		}
	}
	return r.Err()
}

func appendKicked(b []byte, v *group.Kicked) []byte {
	b = appendCards(b, 1, v.Users)
	b = wire.String(b, 2, v.Reason)
	return wire.Bool(b, 3, v.Silent)
}

func readKicked(b []byte, v *group.Kicked) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.Users = add(&r, v.Users, readCard)
		case 2:
			v.Reason = r.Text()
		case 3:
			v.Silent = r.Bool()
		}
	}
	return r.Err()
}

func appendRoleChanged(b []byte, v *group.RoleChanged) []byte {
	return wire.Uint(wire.Message(b, 1, &v.User, appendCard), 2, v.From)
}

func readRoleChanged(b []byte, v *group.RoleChanged) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			wire.Sub(&r, &v.User, readCard)
		case 2:
			v.From = group.Role(r.Uint8())
		}
	}
	return r.Err()
}

func appendMutedUser(b []byte, v *group.MutedUser) []byte {
	b = wire.String(b, 1, v.User)
	b = wire.Int(b, 2, v.Until)
	return wire.Int(b, 3, v.Seconds)
}

func readMutedUser(b []byte, v *group.MutedUser) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.User = group.UserID(r.Text())
		case 2:
			v.Until = group.Millis(r.Int64())
		case 3:
			v.Seconds = r.Int64()
		}
	}
	return r.Err()
}

func appendMembersMuted(b []byte, v *group.MembersMuted) []byte {
	for i := range v.Users {
		b = wire.Message(b, 1, &v.Users[i], appendMutedUser)
	}
	return b
}

func readMembersMuted(b []byte, v *group.MembersMuted) error {
	r := wire.Read(b)
	for r.Next() {
		if r.Num == 1 {
			v.Users = add(&r, v.Users, readMutedUser)
		}
	}
	return r.Err()
}

func appendMemberChanged(b []byte, v *group.MemberChanged) []byte {
	b = wire.String(b, 1, v.User)
	if v.NameCard != nil {
		b = wire.StringAlways(b, 2, *v.NameCard)
	}
	return appendFields(b, 3, v.Fields)
}

func readMemberChanged(b []byte, v *group.MemberChanged) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.User = group.UserID(r.Text())
		case 2:
			card := r.Text()
			v.NameCard = &card
		case 3:
			v.Fields = add(&r, v.Fields, readField)
		}
	}
	return r.Err()
}

func appendRemindChanged(b []byte, v *group.RemindChanged) []byte {
	return wire.Uint(wire.String(b, 1, v.User), 2, v.Remind)
}

func readRemindChanged(b []byte, v *group.RemindChanged) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.User = group.UserID(r.Text())
		case 2:
			v.Remind = group.RemindType(r.Uint8())
		}
	}
	return r.Err()
}
