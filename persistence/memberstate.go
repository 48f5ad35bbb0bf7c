package persistence

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence/internal/wire"
)

// encodeMembers gives the stored form of one part of a member list.
func encodeMembers(members []group.MemberState) []byte {
	b := append(make([]byte, 0, 96*len(members)+1), wire.Version)
	for i := range members {
		if members[i].User != "" {
			b = wire.Message(b, 1, &members[i], appendMember)
		}
	}
	return b
}

func appendMember(b []byte, m *group.MemberState) []byte {
	b = wire.String(b, 1, m.User)
	b = wire.String(b, 2, m.Name)
	b = wire.String(b, 3, m.Avatar)
	b = wire.String(b, 4, m.NameCard)
	b = appendPairs(b, 5, m.Fields)
	b = wire.Uint(b, 6, m.Order)
	b = wire.Int(b, 7, m.JoinTime)
	b = wire.Int(b, 8, m.LastSend)
	b = wire.Uint(b, 9, m.JoinSeq)
	b = wire.Bool(b, 10, m.JoinTip)
	b = wire.Uint(b, 11, m.Role)
	return wire.Uint(b, 12, m.Remind)
}

// decodeMembers reads one part of a member list. The strings of all its
// members share one allocation: a group of 100 000 is read at every wake-up.
func decodeMembers(data []byte) ([]group.MemberState, error) {
	body, err := wire.Body(data)
	if err != nil {
		return nil, err
	}
	n := 0
	for r := wire.Read(body); r.Next(); {
		n++
	}
	if n == 0 {
		return nil, nil
	}
	members := make([]group.MemberState, 0, n)
	text := shared{string(body), cap(body)}
	r := wire.Read(body)
	for r.Next() {
		if r.Num != 1 {
			continue
		}
		members = append(members, group.MemberState{})
		r.Fail(readMember(text, r.Bytes(), &members[len(members)-1]))
	}
	return members, r.Err()
}

// shared cuts strings out of the copy of a buffer. A slice of the buffer tells
// its place by its capacity, because slicing from the front reduces it.
type shared struct {
	text string
	cap  int
}

func (s shared) cut(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	at := s.cap - cap(b)
	return s.text[at : at+len(b)]
}

func readMember(text shared, b []byte, m *group.MemberState) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			m.User = group.UserID(text.cut(r.Bytes()))
		case 2:
			m.Name = text.cut(r.Bytes())
		case 3:
			m.Avatar = text.cut(r.Bytes())
		case 4:
			m.NameCard = text.cut(r.Bytes())
		case 5:
			m.Fields = add(&r, m.Fields, readPair)
		case 6:
			m.Order = r.Uint64()
		case 7:
			m.JoinTime = group.Millis(r.Int64())
		case 8:
			m.LastSend = group.Millis(r.Int64())
		case 9:
			m.JoinSeq = group.Seq(r.Uint64())
		case 10:
			m.JoinTip = r.Bool()
		case 11:
			m.Role = group.Role(r.Uint8())
		case 12:
			m.Remind = group.RemindType(r.Uint8())
		}
	}
	return r.Err()
}
