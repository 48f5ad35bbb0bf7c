package persistence

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence/internal/wire"
)

// EncodeSnapshot gives the stored form of a group's snapshot: the head and
// those chunks that it holds. The places of members who left are left out.
func EncodeSnapshot(s *group.Snapshot) *Snapshot {
	out := &Snapshot{
		Position: s.Position, Seq: s.Seq, Head: encodeHead(s),
		Chunks: make([]Chunk, len(s.Chunks)), ChunkCount: s.ChunkCount,
	}
	for i := range s.Chunks {
		out.Chunks[i] = Chunk{Index: s.Chunks[i].Index, Data: encodeMembers(s.Chunks[i].Members)}
	}
	return out
}

// DecodeSnapshot reads a stored snapshot; ErrCorrupt if it is none.
func DecodeSnapshot(s *Snapshot) (*group.Snapshot, error) {
	out := &group.Snapshot{Position: s.Position, Seq: s.Seq, ChunkCount: s.ChunkCount}
	if err := decodeHead(s.Head, out); err != nil {
		return nil, corrupt("snapshot head", err)
	}
	if len(s.Chunks) > 0 {
		out.Chunks = make([]group.MemberChunk, len(s.Chunks))
	}
	for i := range s.Chunks {
		members, err := decodeMembers(s.Chunks[i].Data)
		if err != nil {
			return nil, corrupt("snapshot chunk", err)
		}
		out.Chunks[i] = group.MemberChunk{Index: s.Chunks[i].Index, Members: members}
	}
	return out, nil
}

func encodeHead(s *group.Snapshot) []byte {
	h := &s.Head
	b := wire.Uint([]byte{wire.Version}, 1, s.Ordinal)
	b = wire.String(b, 2, h.Group)
	b = wire.Uint(b, 3, h.Stream)
	b = wire.Uint(b, 4, h.Kind)
	b = wire.Bool(b, 5, h.Dismissed)
	b = wire.Message(b, 6, &h.Settings, appendSettings)
	b = wire.String(b, 7, h.Owner)
	b = wire.Strings(b, 8, h.Admins)
	b = wire.Int(b, 9, h.CreateTime)
	b = wire.Int(b, 10, h.LastInfoTime)
	b = wire.Int(b, 11, h.LastMessage)
	b = wire.Int(b, 12, h.LastActive)
	b = wire.Int(b, 13, h.LastTime)
	b = wire.Uint(b, 14, h.LastOrder)
	for i := range h.Mutes {
		b = wire.Message(b, 15, &h.Mutes[i], appendMuted)
	}
	for i := range h.Standing {
		b = wire.Message(b, 16, &h.Standing[i], appendMember)
	}
	for _, r := range h.Records {
		b = wire.Message(b, 17, r, appendRecord)
	}
	return b
}

func decodeHead(data []byte, s *group.Snapshot) error {
	body, err := wire.Body(data)
	if err != nil {
		return err
	}
	h := &s.Head
	r := wire.Read(body)
	for r.Next() {
		switch r.Num {
		case 1:
			s.Ordinal = r.Uint64()
		case 2:
			h.Group = group.ID(r.Text())
		case 3:
			h.Stream = group.StreamID(r.Uint64())
		case 4:
			h.Kind = group.Kind(r.Uint8())
		case 5:
			h.Dismissed = r.Bool()
		case 6:
			wire.Sub(&r, &h.Settings, readSettings)
		case 7:
			h.Owner = group.UserID(r.Text())
		case 8:
			h.Admins = append(h.Admins, group.UserID(r.Text()))
		default:
			readHeadTail(&r, h)
		}
	}
	return r.Err()
}

func readHeadTail(r *wire.Reader, h *group.HeadState) {
	switch r.Num {
	case 9:
		h.CreateTime = group.Millis(r.Int64())
	case 10:
		h.LastInfoTime = group.Millis(r.Int64())
	case 11:
		h.LastMessage = group.Millis(r.Int64())
	case 12:
		h.LastActive = group.Millis(r.Int64())
	case 13:
		h.LastTime = group.Millis(r.Int64())
	case 14:
		h.LastOrder = r.Uint64()
	case 15:
		h.Mutes = add(r, h.Mutes, readMuted)
	case 16:
		h.Standing = add(r, h.Standing, readStanding)
	case 17:
		h.Records = append(h.Records, sub(r, readRecord))
	}
}

func appendMuted(b []byte, v *group.MutedUntil) []byte {
	return wire.Int(wire.String(b, 1, v.User), 2, v.Until)
}

func readMuted(b []byte, v *group.MutedUntil) error {
	var m group.MutedUser
	err := readMutedUser(b, &m)
	v.User, v.Until = m.User, m.Until
	return err
}

func readStanding(b []byte, v *group.MemberState) error {
	return readMember(shared{string(b), cap(b)}, b, v)
}
