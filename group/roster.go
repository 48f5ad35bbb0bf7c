package group

import (
	"cmp"
	"iter"
	"slices"
)

// MemberState is one member as the state and its snapshots hold it. An empty
// User marks a place that somebody left; only Order is valid then.
type MemberState struct {
	User         UserID
	Name, Avatar string
	NameCard     string
	Fields       []Pair
	// Order numbers entries into the group; it rises from member to member.
	Order    uint64
	JoinTime Millis
	LastSend Millis
	// JoinSeq is the number of the tip of joining if JoinTip, else of what was
	// newest then.
	JoinSeq Seq
	JoinTip bool
	Role    Role
	Remind  RemindType
}

const (
	chunkBits = 7
	chunkSize = 1 << chunkBits
)

// chunk holds members of neighbouring Order. Once a snapshot shares members,
// they are copied before the next write.
type chunk struct {
	id      uint32
	live    int
	members []MemberState
	// shared: a snapshot reads members.
	shared bool
	// dirty: changed since the last snapshot.
	dirty bool
}

// first is the Order of the chunk's first place; places keep theirs when left.
func (c *chunk) first() uint64 { return c.members[0].Order }

// own makes the chunk's places writable.
func (c *chunk) own() {
	c.dirty = true
	if !c.shared {
		return
	}
	c.shared = false
	members := make([]MemberState, len(c.members), cap(c.members))
	copy(members, c.members)
	c.members = members
}

// roster is the members in join order. Finding, adding and removing cost the
// same at every size; a snapshot costs as much as changed since the last one.
//
// Invariants: order lists the chunks by rising first; a chunk in it has live
// members; index leads every member to its place, slot = id<<chunkBits | place.
type roster struct {
	index     map[UserID]uint32
	byID      []*chunk
	order     []*chunk
	free      []uint32
	freed     map[uint32]struct{} // ids that lost their chunk since the last snapshot
	lastOrder uint64
	peak      int // largest size since index was made
	// found is the member looked up last: deciding and applying ask for the same.
	found struct {
		user UserID
		slot uint32
	}
}

func newRoster() roster {
	return roster{index: map[UserID]uint32{}, freed: map[uint32]struct{}{}}
}

func (r *roster) len() int { return len(r.index) }

// slot is the place of a member.
func (r *roster) slot(u UserID) (uint32, bool) {
	if u != "" && r.found.user == u {
		return r.found.slot, true
	}
	slot, ok := r.index[u]
	if ok {
		r.found.user, r.found.slot = u, slot
	}
	return slot, ok
}

// get looks a member up for reading; nil if it is none.
func (r *roster) get(u UserID) *MemberState {
	slot, ok := r.slot(u)
	if !ok {
		return nil
	}
	return &r.byID[slot>>chunkBits].members[slot&(chunkSize-1)]
}

// edit looks a member up for writing; nil if it is none.
func (r *roster) edit(u UserID) *MemberState {
	slot, ok := r.slot(u)
	if !ok {
		return nil
	}
	c := r.byID[slot>>chunkBits]
	c.own()
	return &c.members[slot&(chunkSize-1)]
}

// add appends a member and gives it its Order.
func (r *roster) add(m MemberState) {
	r.lastOrder++
	m.Order = r.lastOrder
	var c *chunk
	if n := len(r.order); n > 0 && len(r.order[n-1].members) < chunkSize {
		c = r.order[n-1]
	} else {
		c = r.newChunk()
		r.order = append(r.order, c)
	}
	// Appending writes behind what a snapshot sees, so sharing does no harm.
	if len(c.members) == cap(c.members) {
		members := make([]MemberState, len(c.members), min(chunkSize, max(8, 2*len(c.members))))
		copy(members, c.members)
		c.members, c.shared = members, false
	}
	c.dirty = true
	c.members = append(c.members, m)
	c.live++
	r.index[m.User] = c.id<<chunkBits | uint32(len(c.members)-1)
	r.peak = max(r.peak, len(r.index))
}

func (r *roster) newChunk() *chunk {
	c := &chunk{id: uint32(len(r.byID)), dirty: true}
	for len(r.free) > 0 {
		id := r.free[len(r.free)-1]
		r.free = r.free[:len(r.free)-1]
		if int(id) < len(r.byID) && r.byID[id] == nil {
			c.id = id
			r.byID[id] = c
			return c
		}
	}
	r.byID = append(r.byID, c)
	return c
}

// remove takes a member out; its place stays empty until chunks are joined.
func (r *roster) remove(u UserID) {
	slot, ok := r.index[u]
	if !ok {
		return
	}
	delete(r.index, u)
	r.found.user = ""
	c := r.byID[slot>>chunkBits]
	c.own()
	place := &c.members[slot&(chunkSize-1)]
	*place = MemberState{Order: place.Order}
	c.live--
	i, _ := slices.BinarySearchFunc(r.order, c.first(), func(c *chunk, first uint64) int { return cmp.Compare(c.first(), first) })
	switch {
	case c.live == 0:
		r.drop(i)
	case i+1 < len(r.order) && c.live+r.order[i+1].live <= chunkSize/2:
		r.join(i)
	case i > 0 && c.live+r.order[i-1].live <= chunkSize/2:
		r.join(i - 1)
	}
	if r.peak > 4096 && len(r.index) < r.peak/4 {
		r.reindex()
	}
}

// drop takes the i-th chunk out of the order and gives its id back.
func (r *roster) drop(i int) {
	c := r.order[i]
	r.order = slices.Delete(r.order, i, i+1)
	r.byID[c.id] = nil
	r.free = append(r.free, c.id)
	r.freed[c.id] = struct{}{}
	for n := len(r.byID); n > 0 && r.byID[n-1] == nil; n-- {
		r.byID = r.byID[:n-1]
	}
}

// join moves the members of chunk i+1 into chunk i and closes up the places.
func (r *roster) join(i int) {
	c, next := r.order[i], r.order[i+1]
	members := make([]MemberState, 0, chunkSize)
	for _, from := range [...]*chunk{c, next} {
		for j := range from.members {
			if m := &from.members[j]; m.User != "" {
				r.index[m.User] = c.id<<chunkBits | uint32(len(members))
				members = append(members, *m)
			}
		}
	}
	c.members, c.live, c.shared, c.dirty = members, len(members), false, true
	r.drop(i + 1)
}

// reindex makes a smaller index; Go's maps do not shrink by themselves.
func (r *roster) reindex() {
	index := make(map[UserID]uint32, len(r.index))
	for _, c := range r.order {
		for j := range c.members {
			if u := c.members[j].User; u != "" {
				index[u] = c.id<<chunkBits | uint32(j)
			}
		}
	}
	r.index, r.peak = index, len(index)
}

// earliest is the member that joined first; nil if there is none.
func (r *roster) earliest() *MemberState {
	for m := range r.after(0) {
		return m
	}
	return nil
}

// after goes through the members with an Order above the given one.
func (r *roster) after(order uint64) iter.Seq[*MemberState] {
	return func(yield func(*MemberState) bool) {
		i, found := slices.BinarySearchFunc(r.order, order, func(c *chunk, o uint64) int { return cmp.Compare(c.first(), o) })
		if !found {
			i = max(i-1, 0)
		}
		for ; i < len(r.order); i++ {
			members := r.order[i].members
			for j := range members {
				m := &members[j]
				if m.User == "" || m.Order <= order {
					continue
				}
				if !yield(m) {
					return
				}
			}
		}
	}
}

// orderAt gives the Order just below the member at an offset, so that
// after(orderAt(n)) begins with the n-th member. It steps over whole chunks.
func (r *roster) orderAt(offset int) uint64 {
	for _, c := range r.order {
		if offset >= c.live {
			offset -= c.live
			continue
		}
		for j := range c.members {
			if c.members[j].User == "" {
				continue
			}
			if offset == 0 {
				return c.members[j].Order - 1
			}
			offset--
		}
	}
	return r.lastOrder
}
