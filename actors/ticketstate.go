package actors

import (
	"cmp"
	"slices"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// seal ends giving and taking and says what the next start must know; false if
// no ticket is left for it.
func (t *tickets) seal(now int64) (v persistence.TicketState, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pass(now)
	t.sealed = true
	v = persistence.TicketState{Boot: t.boot, Key: t.key, Last: t.last, At: group.Millis(t.at), First: t.used.first}
	for i := range t.used.segments {
		s := &t.used.segments[i]
		v.Used = append(v.Used, persistence.UsedTickets{Until: group.Millis(s.until), Marks: s.marks[:]})
	}
	for d, r := range t.revoked.of {
		v.Revoked = append(v.Revoked, persistence.RevokedTickets{User: d.user, Device: d.device, UpTo: r.upTo, Until: group.Millis(r.until)})
	}
	slices.SortFunc(v.Revoked, func(a, b persistence.RevokedTickets) int { return cmp.Compare(a.Until, b.Until) })
	return v, len(v.Used) > 0
}

// resume goes on where seal ended. If all of the tickets are over by now the
// boot begins anew, with a new key.
func (t *tickets) resume(v *persistence.TicketState, now int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.at = max(t.at, int64(v.At), now)
	used := usedTickets{first: v.First}
	for i := range v.Used {
		s := usedSegment{until: int64(v.Used[i].Until)}
		copy(s.marks[:], v.Used[i].Marks)
		used.segments = append(used.segments, s)
	}
	if used.forget(t.at); len(used.segments) == 0 || len(v.Key) == 0 {
		return
	}
	t.begin(v.Boot, v.Key)
	t.last, t.used = v.Last, used
	for _, r := range v.Revoked {
		t.revoked.add(r.User, r.Device, r.UpTo, int64(r.Until))
	}
	t.revoked.forget(t.at)
}

// takeTickets goes on with what an orderly stop left. It is taken away first:
// what a crash leaves behind must not be it (spec 19.12). On failure all begin
// anew, and clients log in with their tokens.
func (s *System) takeTickets() {
	var left persistence.TicketState
	found := false
	err := s.journal.View(func(tx persistence.Tx) (err error) {
		left, found, err = persistence.ReadTickets(tx)
		return err
	})
	if err == nil && !found {
		return
	}
	if err != nil {
		s.fault("read resume tickets", err)
	}
	take := persistence.Append{Rows: []persistence.RowOp{persistence.TakeTicketsOp()}, FromReserve: true}
	if _, err := s.committer.waitFor(take); err != nil {
		s.fault("take over resume tickets", err)
		return
	}
	// In a restored copy tickets could be used that the original saw used.
	if found && left.Epoch == s.epoch {
		s.tickets.resume(&left, s.now())
	}
}

// keepTickets leaves them to the next start.
func (s *System) keepTickets() {
	left, ok := s.tickets.seal(s.now())
	if !ok {
		return
	}
	left.Epoch = s.epoch
	keep := persistence.Append{Rows: []persistence.RowOp{persistence.KeepTicketsOp(&left)}, FromReserve: true}
	if _, err := s.committer.waitFor(keep); err != nil {
		s.fault("keep resume tickets", err)
	}
}
