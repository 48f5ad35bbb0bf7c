package group

import (
	"cmp"
	"container/heap"
	"slices"
)

// pairKey is the identity of a record while pending (spec 7.1).
type pairKey struct{ applicant, inviter UserID }

// book holds the applications and invitations of a group. A record is never
// changed in place, so snapshots share it.
//
// Invariants: list rises by id, nil where one was removed; at leads every
// record to its place; newest names the record last made per pair; the two
// pending indexes and only they name exactly the pending records.
type book struct {
	list        []*Record
	lastID      ApplicationID
	at          map[ApplicationID]int
	newest      map[pairKey]ApplicationID
	byApplicant map[UserID][]ApplicationID
	byInviter   map[UserID][]ApplicationID
	pending     int
	due         dueHeap
	finals      []finalEntry // by time of the last change
}

type dueEntry struct {
	at Millis
	id ApplicationID
}

type finalEntry struct {
	id    ApplicationID
	since Millis
}

func newBook() book {
	return book{
		at: map[ApplicationID]int{}, newest: map[pairKey]ApplicationID{},
		byApplicant: map[UserID][]ApplicationID{}, byInviter: map[UserID][]ApplicationID{},
	}
}

func (b *book) get(id ApplicationID) *Record {
	i, ok := b.at[id]
	if !ok {
		return nil
	}
	return b.list[i]
}

// last is the newest record of a pair; nil if there is none.
func (b *book) last(applicant, inviter UserID) *Record {
	id, ok := b.newest[pairKey{applicant, inviter}]
	if !ok {
		return nil
	}
	return b.get(id)
}

// put files a record or replaces it by its newer value.
func (b *book) put(r *Record) {
	old := b.get(r.ID)
	if old == nil {
		b.insert(r)
	} else {
		b.list[b.at[r.ID]] = r
	}
	wasPending, isPending := old != nil && !old.State.Final(), !r.State.Final()
	switch {
	case isPending && !wasPending:
		b.pending++
		b.byApplicant[r.Applicant] = addID(b.byApplicant[r.Applicant], r.ID)
		if r.Inviter != "" {
			b.byInviter[r.Inviter] = addID(b.byInviter[r.Inviter], r.ID)
		}
		b.wait(r)
	case isPending && old.ExpiresAt != r.ExpiresAt:
		b.wait(r)
	case wasPending && !isPending:
		b.settle(r)
	}
	if !isPending {
		b.finals = append(b.finals, finalEntry{id: r.ID, since: r.UpdatedAt})
	}
}

func (b *book) settle(r *Record) {
	b.pending--
	dropID(b.byApplicant, r.Applicant, r.ID)
	if r.Inviter != "" {
		dropID(b.byInviter, r.Inviter, r.ID)
	}
}

func (b *book) insert(r *Record) {
	if b.lastID < r.ID {
		b.lastID = r.ID
		b.at[r.ID] = len(b.list)
		b.list = append(b.list, r)
	} else {
		// Ids rise with filing; this is for states that were put together otherwise.
		b.list = append(b.list, r)
		b.compact()
	}
	key := pairKey{r.Applicant, r.Inviter}
	if b.newest[key] <= r.ID {
		b.newest[key] = r.ID
	}
}

// compact closes up the places of removed records.
func (b *book) compact() {
	b.list = slices.DeleteFunc(b.list, func(r *Record) bool { return r == nil })
	slices.SortFunc(b.list, func(a, c *Record) int { return cmp.Compare(a.ID, c.ID) })
	b.at = make(map[ApplicationID]int, len(b.list))
	for i, r := range b.list {
		b.at[r.ID] = i
	}
}

// wait enters a record's expiry. Entries that no longer hold stay until met
// or until they are most of the heap.
func (b *book) wait(r *Record) {
	heap.Push(&b.due, dueEntry{at: r.ExpiresAt, id: r.ID})
	if len(b.due) > 2*b.pending+64 {
		b.due = slices.DeleteFunc(b.due, func(e dueEntry) bool { return !b.holds(e) })
		slices.SortFunc(b.due, dueEntry.compare)
		b.due = slices.Compact(b.due)
	}
}

func (b *book) holds(e dueEntry) bool {
	r := b.get(e.id)
	return r != nil && !r.State.Final() && r.ExpiresAt == e.at
}

// nextDue is when the next pending record expires; 0 if none does.
func (b *book) nextDue() Millis {
	for len(b.due) > 0 && !b.holds(b.due[0]) {
		heap.Pop(&b.due)
	}
	if len(b.due) == 0 {
		return 0
	}
	return b.due[0].at
}

// expired takes at most n records that are due at now, earliest first.
func (b *book) expired(now Millis, n int) []*Record {
	var list []*Record
	for len(list) < n {
		due := b.nextDue()
		if due == 0 || due > now {
			break
		}
		list = append(list, b.get(b.due[0].id))
		heap.Pop(&b.due)
	}
	return list
}

// allPending lists the pending records by id. It costs what is pending, not
// what is kept.
func (b *book) allPending() []*Record {
	list := make([]*Record, 0, b.pending)
	for _, e := range b.due {
		if b.holds(e) {
			list = append(list, b.get(e.id))
		}
	}
	slices.SortFunc(list, func(a, c *Record) int { return cmp.Compare(a.ID, c.ID) })
	return slices.CompactFunc(list, func(a, c *Record) bool { return a.ID == c.ID })
}

// forget removes final records whose last change is at or before a moment.
func (b *book) forget(until Millis) {
	for len(b.finals) > 0 && b.finals[0].since <= until {
		e := b.finals[0]
		b.finals = b.finals[1:]
		if r := b.get(e.id); r != nil && r.State.Final() && r.UpdatedAt == e.since {
			b.remove(r)
		}
	}
}

func (b *book) remove(r *Record) {
	b.list[b.at[r.ID]] = nil
	delete(b.at, r.ID)
	if key := (pairKey{r.Applicant, r.Inviter}); b.newest[key] == r.ID {
		delete(b.newest, key)
	}
	if len(b.list) > 64 && len(b.at) < len(b.list)/2 {
		b.compact()
	}
}

// all lists the records by id.
func (b *book) all() []*Record {
	list := make([]*Record, 0, len(b.at))
	for _, r := range b.list {
		if r != nil {
			list = append(list, r)
		}
	}
	return list
}

func addID(list []ApplicationID, id ApplicationID) []ApplicationID {
	i, found := slices.BinarySearch(list, id)
	if found {
		return list
	}
	return slices.Insert(list, i, id)
}

func dropID(index map[UserID][]ApplicationID, u UserID, id ApplicationID) {
	list := index[u]
	i, found := slices.BinarySearch(list, id)
	if !found {
		return
	}
	if len(list) == 1 {
		delete(index, u)
		return
	}
	index[u] = slices.Delete(list, i, i+1)
}

func (e dueEntry) compare(o dueEntry) int {
	return cmp.Or(cmp.Compare(e.at, o.at), cmp.Compare(e.id, o.id))
}

// dueHeap is a heap.Interface, the earliest first.
type dueHeap []dueEntry

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].compare(h[j]) < 0 }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *dueHeap) Push(x any)        { *h = append(*h, x.(dueEntry)) }
func (h *dueHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	*h = old[:len(old)-1]
	return e
}
