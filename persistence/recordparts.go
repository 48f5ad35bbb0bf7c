package persistence

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence/internal/wire"
)

func appendCard(b []byte, c *group.Card) []byte {
	b = wire.String(b, 1, c.User)
	b = wire.String(b, 2, c.Name)
	b = wire.String(b, 3, c.Avatar)
	b = wire.String(b, 4, c.NameCard)
	return wire.Uint(b, 5, c.Role)
}

func readCard(b []byte, c *group.Card) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			c.User = group.UserID(r.Text())
		case 2:
			c.Name = r.Text()
		case 3:
			c.Avatar = r.Text()
		case 4:
			c.NameCard = r.Text()
		case 5:
			c.Role = group.Role(r.Uint8())
		}
	}
	return r.Err()
}

func appendCards(b []byte, num wire.Num, cards []group.Card) []byte {
	for i := range cards {
		b = wire.Message(b, num, &cards[i], appendCard)
	}
	return b
}

func appendPair(b []byte, p *group.Pair) []byte {
	return wire.String(wire.String(b, 1, p.Key), 2, p.Value)
}

func appendPairs(b []byte, num wire.Num, pairs []group.Pair) []byte {
	for i := range pairs {
		b = wire.Message(b, num, &pairs[i], appendPair)
	}
	return b
}

func readPair(b []byte, p *group.Pair) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			p.Key = r.Text()
		case 2:
			p.Value = r.Text()
		}
	}
	return r.Err()
}

func appendField(b []byte, f *group.CustomField) []byte {
	b = wire.String(b, 1, f.Key)
	if f.Value != nil {
		b = wire.StringAlways(b, 2, *f.Value)
	}
	return b
}

func appendFields(b []byte, num wire.Num, fields []group.CustomField) []byte {
	for i := range fields {
		b = wire.Message(b, num, &fields[i], appendField)
	}
	return b
}

func readField(b []byte, f *group.CustomField) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			f.Key = r.Text()
		case 2:
			v := r.Text()
			f.Value = &v
		}
	}
	return r.Err()
}

func appendModes(b []byte, m *group.Modes) []byte {
	b = wire.Uint(b, 1, m.JoinOption)
	b = wire.Uint(b, 2, m.InviteMode)
	b = wire.Uint(b, 3, m.InviteeConsent)
	return wire.Uint(b, 4, m.InviteApproval)
}

func readModes(b []byte, m *group.Modes) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			m.JoinOption = group.JoinOption(r.Uint8())
		case 2:
			m.InviteMode = group.InviteMode(r.Uint8())
		case 3:
			m.InviteeConsent = group.Consent(r.Uint8())
		case 4:
			m.InviteApproval = group.InviteApproval(r.Uint8())
		}
	}
	return r.Err()
}

func appendMute(b []byte, m *group.Mute) []byte {
	b = wire.Uint(b, 1, m.Mode)
	b = wire.Packed(b, 2, m.Roles)
	return wire.Int(b, 3, m.ExpiresAt)
}

func readMute(b []byte, m *group.Mute) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			m.Mode = group.MuteMode(r.Uint8())
		case 2:
			r.Packed(func(v uint64) {
				if v > 255 {
					r.Fail(wire.ErrMalformed)
				}
				m.Roles = append(m.Roles, group.Role(v))
			})
		case 3:
			m.ExpiresAt = group.Millis(r.Int64())
		}
	}
	return r.Err()
}

func appendSettings(b []byte, s *group.Settings) []byte {
	b = wire.String(b, 1, s.Name)
	b = wire.String(b, 2, s.Avatar)
	b = wire.String(b, 3, s.Introduction)
	b = wire.String(b, 4, s.Announcement)
	b = wire.Uint(b, 5, s.MaxMembers)
	b = wire.Message(b, 6, &s.Modes, appendModes)
	b = wire.Message(b, 7, &s.Mute, appendMute)
	b = appendPairs(b, 8, s.CustomFields)
	return wire.Bool(b, 9, s.Topics)
}

func readSettings(b []byte, s *group.Settings) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			s.Name = r.Text()
		case 2:
			s.Avatar = r.Text()
		case 3:
			s.Introduction = r.Text()
		case 4:
			s.Announcement = r.Text()
		case 5:
			s.MaxMembers = r.Uint32()
		case 6:
			wire.Sub(&r, &s.Modes, readModes)
		case 7:
			wire.Sub(&r, &s.Mute, readMute)
		case 8:
			s.CustomFields = add(&r, s.CustomFields, readPair)
		case 9:
			s.Topics = r.Bool()
		}
	}
	return r.Err()
}

// add reads one element of a repeated message.
func add[T any](r *wire.Reader, list []T, read func([]byte, *T) error) []T {
	var v T
	wire.Sub(r, &v, read)
	return append(list, v)
}
