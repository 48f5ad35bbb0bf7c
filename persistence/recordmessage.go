package persistence

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence/internal/wire"
)

func appendSent(b []byte, v *group.Sent) []byte {
	b = wire.Uint(b, 1, v.Random)
	b = wire.Message(b, 2, &v.Sender, appendCard)
	for i := range v.Elements {
		b = wire.Message(b, 3, &v.Elements[i], appendElement)
	}
	return wire.Uint(b, 4, v.Priority)
}

func readSent(b []byte, v *group.Sent) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.Random = r.Uint32()
		case 2:
			wire.Sub(&r, &v.Sender, readCard)
		case 3:
			v.Elements = add(&r, v.Elements, readElement)
		case 4:
			v.Priority = group.Priority(r.Uint8())
		}
	}
	return r.Err()
}

func appendElement(b []byte, v *group.Element) []byte {
	b = wire.Uint(b, 1, v.Type)
	b = wire.String(b, 2, v.Text)
	b = wire.Int(b, 3, v.Index)
	b = wire.String(b, 4, v.Data)
	b = wire.String(b, 5, v.Desc)
	return wire.String(b, 6, v.Ext)
}

func readElement(b []byte, v *group.Element) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.Type = group.ElementType(r.Uint8())
		case 2:
			v.Text = r.Text()
		case 3:
			v.Index = r.Int32()
		case 4:
			v.Data = r.Text()
		case 5:
			v.Desc = r.Text()
		case 6:
			v.Ext = r.Text()
		}
	}
	return r.Err()
}

func appendNoticeSent(b []byte, v *group.NoticeSent) []byte {
	return wire.Strings(wire.String(b, 1, v.Content), 2, v.To)
}

func readNoticeSent(b []byte, v *group.NoticeSent) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.Content = append([]byte(nil), r.Bytes()...)
		case 2:
			v.To = append(v.To, group.UserID(r.Text()))
		}
	}
	return r.Err()
}
