package group

// fold collects arrivals and departures of a livestream until the next tips
// over them (spec 6.3). It is as volatile as the presence it tells of.
type fold struct {
	since    Millis // 0 = nothing collected
	arrived  batch
	departed [LeaveAccountDeleted]batch // by reason
}

// batch is a set of users in order of coming.
type batch struct {
	users []Card // an empty user marks one that was taken out
	at    map[UserID]int
}

func newFold() fold { return fold{} }

func (b *batch) add(c Card) {
	if b.at == nil {
		b.at = map[UserID]int{}
	}
	b.at[c.User] = len(b.users)
	b.users = append(b.users, c)
}

// drop takes a user out and reports whether it was in.
func (b *batch) drop(u UserID) bool {
	i, ok := b.at[u]
	if ok {
		b.users[i] = Card{}
		delete(b.at, u)
	}
	return ok
}

// take empties the batch: the first users, at most n, and how many there are.
func (b *batch) take(n int) ([]Card, int) {
	total := len(b.at)
	first := make([]Card, 0, min(n, total))
	for i := range b.users {
		if len(first) == cap(first) {
			break
		}
		if b.users[i].User != "" {
			first = append(first, b.users[i])
		}
	}
	*b = batch{}
	return first, total
}

func (f *fold) start(now Millis) {
	if f.since == 0 {
		f.since = now
	}
}

// arrive notes an arrival; who departed in the same batch is in neither.
func (f *fold) arrive(c Card, now Millis) {
	f.start(now)
	for i := range f.departed {
		if f.departed[i].drop(c.User) {
			return
		}
	}
	f.arrived.add(c)
}

// depart notes a departure; who arrived in the same batch is in neither.
func (f *fold) depart(c Card, reason LeaveReason, now Millis) {
	f.start(now)
	if !f.arrived.drop(c.User) {
		f.departed[reason-1].add(c)
	}
}

// due is when the tips are to be made; 0 if nothing is collected.
func (f *fold) due(wait int64) Millis {
	if f.since == 0 {
		return 0
	}
	return f.since + Millis(wait)
}
