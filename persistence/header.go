package persistence

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence/internal/wire"
)

// Header is what recognising a repeat needs of an event.
type Header struct {
	Position group.Position
	Seq      group.Seq
	Ordinal  uint64
	Time     group.Millis
	Operator group.UserID
	Request  uint64
	// Message: the event is a message; Sender, its role (NoRole: no member) and
	// Random are its own.
	Message    bool
	Sender     group.UserID
	SenderRole group.Role
	Random     uint32
}

// DecodeHeader reads only the header of a stored event; ErrCorrupt if it is none.
func DecodeHeader(data []byte) (Header, error) {
	var h Header
	body, err := wire.Body(data)
	if err != nil {
		return h, corrupt("event", err)
	}
	r := wire.Read(body)
	for r.Next() {
		switch r.Num {
		case fieldPosition:
			h.Position = group.Position(r.Uint64())
		case fieldSeq:
			h.Seq = group.Seq(r.Uint64())
		case fieldOrdinal:
			h.Ordinal = r.Uint64()
		case fieldTime:
			h.Time = group.Millis(r.Int64())
		case fieldOperator:
			h.Operator = group.UserID(r.Text())
		case fieldRequest:
			h.Request = r.Fixed64()
		case fieldSent:
			h.Message = true
			wire.Sub(&r, &h, readSentHeader)
		}
	}
	if r.Err() != nil {
		return Header{}, corrupt("event", r.Err())
	}
	return h, nil
}

// readSentHeader reads random and sender, which stand first, and no further.
func readSentHeader(b []byte, h *Header) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			h.Random = r.Uint32()
		case 2:
			wire.Sub(&r, h, readSenderHeader)
			return r.Err()
		}
	}
	return r.Err()
}

func readSenderHeader(b []byte, h *Header) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			h.Sender = group.UserID(r.Text())
		case 5:
			h.SenderRole = group.Role(r.Uint8())
		}
	}
	return r.Err()
}
