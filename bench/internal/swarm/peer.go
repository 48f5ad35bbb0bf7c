//go:build linux

package swarm

import "github.com/troupe-im/troupe/bench/internal/report"

// Peer is the part of a swarm that another process holds: receivers that are
// judged there. Rooms go by their ID. Publishers are all here.
type Peer interface {
	// Status is what came so far; once the process is gone, what it told last.
	Status() Status
	// Begin is Swarm.Begin there.
	Begin(room string, seq uint64) error
	// Record has latencies there noted from now on, of newcomers or of all others,
	// and returns what gives them.
	Record(newcomers bool) (since func() *report.Latencies, err error)
	// Named are the users that tips of joining named there, by number.
	Named(room string) (map[uint64]uint64, error)
	// Heard waits until more messages than above were given to all receivers
	// there, and returns how many were.
	Heard(room string, above uint64) (uint64, error)
	// Due is how many deliveries are due up to the numbers in ends, by room.
	Due(ends map[string]uint64) (int, error)
	// Part is what the receivers there saw; what they do not have yet up to ends
	// is lost.
	Part(ends map[string]uint64) (*Part, error)
}

// Status is what came to a process so far.
type Status struct {
	Tally   Tally
	Redials uint64
}

// Join makes a peer a part of the swarm. Call it before anything moves.
func (s *Swarm) Join(p Peer) { s.peers = append(s.peers, p) }

// Senders says whose the publishers are, by number, for a swarm that has none
// itself.
func (s *Swarm) Senders(users []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.senders = users
}

// Publishers are the users of the publishers, by number: what Senders takes.
func (s *Swarm) Publishers() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	users := make([]string, len(s.pubs))
	for i, p := range s.pubs {
		users[i] = p.c.User
	}
	return users
}

// Status is what came to this process so far.
func (s *Swarm) Status() Status {
	st := Status{Redials: s.redials.Load()}
	s.each(func(l *loop) { st.Tally.add(&l.Tally) })
	return st
}

// Due is how many deliveries are due here up to the numbers in ends, by room.
func (s *Swarm) Due(ends map[string]uint64) int { return s.due(s.endsOf(ends)) }

// Part is what the receivers of this process saw.
func (s *Swarm) Part(ends map[string]uint64) *Part { return s.part(s.endsOf(ends)) }

// RoomOf finds a room that was made known; nil = there is none.
func (s *Swarm) RoomOf(id string) *Room {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, r := range s.rooms {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// endsOf puts numbers by ID into the order of rooms.
func (s *Swarm) endsOf(byID map[string]uint64) []uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	ends := make([]uint64, len(s.rooms))
	for i, r := range s.rooms {
		ends[i] = byID[r.ID]
	}
	return ends
}

// byID is what endsOf takes.
func (s *Swarm) byID(ends []uint64) map[string]uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	m := make(map[string]uint64, len(ends))
	for i, end := range ends {
		m[s.rooms[i].ID] = end
	}
	return m
}
