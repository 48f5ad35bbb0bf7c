package persistence

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence/internal/wire"
)

// TicketState is what an orderly stop leaves of the resume tickets for the next
// start, which takes it away before it serves (spec 19.12): after a crash there
// is none.
type TicketState struct {
	// Epoch is that of the journal that it was written for: in a restored copy
	// it is worth nothing.
	Epoch string
	// Boot and Key are those of the tickets, Last is the newest ticket's number.
	Boot uint64
	Key  []byte
	Last uint64
	// At is the newest moment the tickets have seen; time does not go back for them.
	At group.Millis
	// First is the number of the first of Used, which follow each other.
	First   uint64
	Used    []UsedTickets
	Revoked []RevokedTickets
}

// UsedTickets are the marks of one segment of ticket numbers, a bit for each.
type UsedTickets struct {
	// Until is when the last ticket of the segment is over.
	Until group.Millis
	Marks []uint64
}

// RevokedTickets says that no ticket of the user's device with a number up to
// UpTo is good any more; Device "" = all devices. After Until none would be.
type RevokedTickets struct {
	User   group.UserID
	Device string
	UpTo   uint64
	Until  group.Millis
}

// metaTickets, in TableMeta: a TicketState.
const metaTickets = "tickets"

// ReadTickets reads what the last stop left; ErrCorrupt if it is none.
func ReadTickets(tx Tx) (TicketState, bool, error) {
	return get(tx, TableMeta, []byte(metaTickets), DecodeTicketState)
}

// KeepTicketsOp leaves v for the next start.
func KeepTicketsOp(v *TicketState) RowOp {
	return RowOp{Op: OpPut, Table: TableMeta, Key: []byte(metaTickets), Value: EncodeTicketState(v)}
}

// TakeTicketsOp takes it away.
func TakeTicketsOp() RowOp {
	return RowOp{Op: OpDelete, Table: TableMeta, Key: []byte(metaTickets)}
}

// EncodeTicketState gives the value of the row.
func EncodeTicketState(v *TicketState) []byte {
	b := wire.String([]byte{wire.Version}, 1, v.Epoch)
	b = wire.Fixed64(b, 2, v.Boot)
	b = wire.String(b, 3, v.Key)
	b = wire.Uint(b, 4, v.Last)
	b = wire.Int(b, 5, v.At)
	b = wire.Uint(b, 6, v.First)
	for i := range v.Used {
		b = wire.Message(b, 7, &v.Used[i], appendUsed)
	}
	for i := range v.Revoked {
		b = wire.Message(b, 8, &v.Revoked[i], appendRevoked)
	}
	return b
}

func appendUsed(b []byte, v *UsedTickets) []byte {
	return wire.Packed(wire.Int(b, 1, v.Until), 2, v.Marks)
}

func appendRevoked(b []byte, v *RevokedTickets) []byte {
	b = wire.String(wire.String(b, 1, v.User), 2, v.Device)
	return wire.Int(wire.Uint(b, 3, v.UpTo), 4, v.Until)
}

// DecodeTicketState reads it; ErrCorrupt if it is none.
func DecodeTicketState(data []byte) (*TicketState, error) {
	return decodeRow(data, "ticket state", func(b []byte, v *TicketState) error {
		r := wire.Read(b)
		for r.Next() {
			switch r.Num {
			case 1:
				v.Epoch = r.Text()
			case 2:
				v.Boot = r.Fixed64()
			case 3:
				v.Key = append([]byte(nil), r.Bytes()...)
			case 4:
				v.Last = r.Uint64()
			case 5:
				v.At = group.Millis(r.Int64())
			case 6:
				v.First = r.Uint64()
			case 7:
				v.Used = append(v.Used, UsedTickets{})
				wire.Sub(&r, &v.Used[len(v.Used)-1], readUsed)
			case 8:
				v.Revoked = append(v.Revoked, RevokedTickets{})
				wire.Sub(&r, &v.Revoked[len(v.Revoked)-1], readRevoked)
			}
		}
		return r.Err()
	})
}

func readUsed(b []byte, v *UsedTickets) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.Until = group.Millis(r.Int64())
		case 2:
			r.Packed(func(n uint64) { v.Marks = append(v.Marks, n) })
		}
	}
	return r.Err()
}

func readRevoked(b []byte, v *RevokedTickets) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.User = group.UserID(r.Text())
		case 2:
			v.Device = r.Text()
		case 3:
			v.UpTo = r.Uint64()
		case 4:
			v.Until = group.Millis(r.Int64())
		}
	}
	return r.Err()
}
