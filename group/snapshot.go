package group

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Snapshot is the state at a position as plain values that never change. It
// may be encoded on another goroutine while the machine goes on.
type Snapshot struct {
	Position Position
	// Seq and Ordinal are 0 for livestreams: their numbers do not outlive the
	// process.
	Seq     Seq
	Ordinal uint64
	Head    HeadState
	// Chunks are the parts of the member list that changed since the last
	// snapshot of the machine; for Restore all of them, in any order.
	Chunks []MemberChunk
	// ChunkCount is one more than the highest index in use; chunks with that
	// index and above are no more.
	ChunkCount uint32
}

// HeadState is everything but the members.
type HeadState struct {
	Group     ID
	Stream    StreamID
	Kind      Kind
	Dismissed bool
	Settings  Settings
	Owner     UserID
	// Admins in order of appointment.
	Admins []UserID

	CreateTime   Millis
	LastInfoTime Millis
	LastMessage  Millis
	LastActive   Millis
	// LastTime is the time of the newest journalled event.
	LastTime Millis
	// LastOrder is the Order given to the newest member.
	LastOrder uint64

	// Mutes are the mutes of single users in force at LastTime, by user.
	Mutes []MutedUntil
	// Standing holds owner and admins of a livestream, by user.
	Standing []MemberState
	// Records are the applications and invitations by id. They never change.
	Records []*Record
}

// MutedUntil is one individual mute.
type MutedUntil struct {
	User  UserID
	Until Millis
}

// MemberChunk is one part of the member list. Members rise by Order; those
// with an empty User are empty places, which an encoder may leave out. A
// chunk without members replaces one that is no more.
type MemberChunk struct {
	Index   uint32
	Members []MemberState
}

// Snapshot takes the state. It costs as much as changed since the last one
// was taken; presence in a livestream is not part of it.
func (m *Machine) Snapshot() *Snapshot {
	s := &Snapshot{Position: m.position, Head: m.head()}
	if m.kind.IsConnected() {
		return s
	}
	s.Seq, s.Ordinal = m.seq, m.ordinal
	s.Chunks, s.ChunkCount = m.members.snapshot()
	return s
}

// snapshot shares the chunks that changed and marks them so.
func (r *roster) snapshot() ([]MemberChunk, uint32) {
	var chunks []MemberChunk
	for id, c := range r.byID {
		switch {
		case c != nil && c.dirty:
			c.shared, c.dirty = true, false
			chunks = append(chunks, MemberChunk{Index: uint32(id), Members: c.members[:len(c.members):len(c.members)]})
		case c == nil:
			if _, ok := r.freed[uint32(id)]; ok {
				chunks = append(chunks, MemberChunk{Index: uint32(id)})
			}
		}
	}
	clear(r.freed)
	return chunks, uint32(len(r.byID))
}

func (m *Machine) head() HeadState {
	h := HeadState{
		Group: m.group, Stream: m.stream, Kind: m.kind, Dismissed: m.dismissed, Settings: m.settings,
		Owner: m.owner, Admins: slices.Clone(m.admins),
		CreateTime: m.createTime, LastInfoTime: m.lastInfo, LastMessage: m.lastMessage,
		LastActive: m.lastActive, LastTime: m.lastTime, LastOrder: m.members.lastOrder,
		Records: m.records.all(),
	}
	if m.kind.IsConnected() {
		h.LastMessage, h.LastOrder = 0, 0
	}
	for u, until := range m.mutes {
		if until > m.lastTime {
			h.Mutes = append(h.Mutes, MutedUntil{u, until})
		}
	}
	slices.SortFunc(h.Mutes, func(a, b MutedUntil) int { return cmp.Compare(a.User, b.User) })
	for _, member := range m.standing {
		h.Standing = append(h.Standing, *member)
	}
	slices.SortFunc(h.Standing, func(a, b MemberState) int { return cmp.Compare(a.User, b.User) })
	return h
}

// errSnapshot: a snapshot contradicts itself.
var errSnapshot = errors.New("group: snapshot contradicts itself")

// Restore makes a machine of a snapshot with all its chunks. The snapshot is
// shared and must not be changed afterwards.
func Restore(t *Table, l Limits, s *Snapshot) (*Machine, error) {
	m := NewMachine(t, l)
	h := &s.Head
	if t.Of(h.Kind) == nil {
		return nil, fmt.Errorf("%w: kind %d", errSnapshot, h.Kind)
	}
	m.exists, m.dismissed = true, h.Dismissed
	m.group, m.stream, m.kind, m.settings = h.Group, h.Stream, h.Kind, h.Settings
	m.setWindow()
	m.owner, m.admins = h.Owner, slices.Clip(h.Admins)
	m.createTime, m.lastInfo, m.lastMessage = h.CreateTime, h.LastInfoTime, h.LastMessage
	m.lastActive, m.lastTime, m.now = h.LastActive, h.LastTime, h.LastTime
	m.position, m.seq, m.ordinal = s.Position, s.Seq, s.Ordinal
	for _, mute := range h.Mutes {
		m.mutes[mute.User] = mute.Until
	}
	m.mutesKept = len(m.mutes)
	for i := range h.Standing {
		member := h.Standing[i]
		m.standing[member.User] = &member
	}
	for _, r := range h.Records {
		m.records.put(r)
	}
	slices.SortStableFunc(m.records.finals, func(a, b finalEntry) int { return cmp.Compare(a.since, b.since) })
	if err := m.members.restore(s.Chunks, s.ChunkCount); err != nil {
		return nil, err
	}
	m.members.lastOrder = max(m.members.lastOrder, h.LastOrder)
	return m, nil
}

// restore fills an empty roster.
func (r *roster) restore(chunks []MemberChunk, count uint32) error {
	total := 0
	for i := range chunks {
		total += len(chunks[i].Members)
	}
	r.index = make(map[UserID]uint32, total)
	r.byID = make([]*chunk, count)
	for i := range chunks {
		if err := r.restoreChunk(&chunks[i]); err != nil {
			return err
		}
	}
	for id, c := range r.byID {
		if c == nil {
			r.free = append(r.free, uint32(id))
		}
	}
	slices.SortFunc(r.order, func(a, b *chunk) int { return cmp.Compare(a.first(), b.first()) })
	if n := len(r.order); n > 0 {
		members := r.order[n-1].members
		r.lastOrder = members[len(members)-1].Order
	}
	r.peak = len(r.index)
	return nil
}

func (r *roster) restoreChunk(mc *MemberChunk) error {
	if mc.Index >= uint32(len(r.byID)) || len(mc.Members) > chunkSize || r.byID[mc.Index] != nil {
		return fmt.Errorf("%w: chunk %d", errSnapshot, mc.Index)
	}
	c := &chunk{id: mc.Index, members: mc.Members[:len(mc.Members):len(mc.Members)], shared: true}
	for j := range c.members {
		member := &c.members[j]
		if j > 0 && c.members[j-1].Order >= member.Order {
			return fmt.Errorf("%w: order of chunk %d", errSnapshot, mc.Index)
		}
		if member.User == "" {
			continue
		}
		if _, twice := r.index[member.User]; twice {
			return fmt.Errorf("%w: member listed twice", errSnapshot)
		}
		r.index[member.User] = mc.Index<<chunkBits | uint32(j)
		c.live++
	}
	if c.live > 0 {
		r.byID[mc.Index] = c
		r.order = append(r.order, c)
	}
	return nil
}
