package actors

import "github.com/troupe-im/troupe/group"

// segmentTickets is how many ticket numbers share the moment at which their
// marks are forgotten.
const segmentTickets = 4096

// usedTickets remembers which tickets were used: numbers are given in order,
// so a bit for each ticket of the last ten minutes does. Segments that follow
// each other, oldest first; the oldest is forgotten when its last ticket has
// expired.
type usedTickets struct {
	first    uint64 // number of the first segment
	segments []usedSegment
}

type usedSegment struct {
	until int64 // ms
	marks [segmentTickets / 64]uint64
}

// issued makes room for a number; numbers rise.
func (u *usedTickets) issued(id uint64, expires int64) {
	if len(u.segments) == 0 {
		u.first = id / segmentTickets
	}
	for id/segmentTickets >= u.first+uint64(len(u.segments)) {
		u.segments = append(u.segments, usedSegment{})
	}
	s := &u.segments[len(u.segments)-1]
	s.until = max(s.until, expires)
}

// find is where the mark of a number is; nil if it was forgotten or never given.
func (u *usedTickets) find(id uint64) (word *uint64, bit uint64) {
	n := id/segmentTickets - u.first
	if id/segmentTickets < u.first || n >= uint64(len(u.segments)) {
		return nil, 0
	}
	at := id % segmentTickets
	return &u.segments[n].marks[at/64], 1 << (at % 64)
}

// has also holds for what is not known.
func (u *usedTickets) has(id uint64) bool {
	word, bit := u.find(id)
	return word == nil || *word&bit != 0
}

func (u *usedTickets) add(id uint64) {
	if word, bit := u.find(id); word != nil {
		*word |= bit
	}
}

func (u *usedTickets) forget(now int64) {
	n := 0
	for n < len(u.segments) && u.segments[n].until <= now {
		n++
	}
	u.first += uint64(n)
	u.segments = u.segments[n:]
}

// revokedDevices remembers whose tickets are worthless, for the life of a
// ticket: as many as devices logged out, or were dropped, in ten minutes.
type revokedDevices struct {
	of map[revokedDevice]revocation
	// due are all of them, and what was renewed meanwhile, oldest first.
	due []revokedUntil
}

type (
	// revokedDevice: device "" = all of the user's.
	revokedDevice struct {
		user   group.UserID
		device string
	}
	revocation struct {
		upTo  uint64 // the newest number concerned
		until int64  // ms
	}
	revokedUntil struct {
		revokedDevice
		until int64
	}
)

func (r *revokedDevices) add(user group.UserID, device string, upTo uint64, until int64) {
	if r.of == nil {
		r.of = map[revokedDevice]revocation{}
	}
	d := revokedDevice{user, device}
	r.of[d] = revocation{upTo, until}
	r.due = append(r.due, revokedUntil{d, until})
}

func (r *revokedDevices) has(user group.UserID, device string, id uint64) bool {
	return id <= r.of[revokedDevice{user, device}].upTo || id <= r.of[revokedDevice{user, ""}].upTo
}

func (r *revokedDevices) forget(now int64) {
	n := 0
	for ; n < len(r.due) && r.due[n].until <= now; n++ {
		if d := r.due[n].revokedDevice; r.of[d].until <= now {
			delete(r.of, d)
		}
	}
	r.due = r.due[n:]
}
