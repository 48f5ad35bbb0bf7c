package actors

import "github.com/troupe-im/troupe/group"

// parked finds what waits for a room's budget by what its repeats have in
// common with it (spec 10.2, 18.5): the machine knows decided messages only.
// Owned by the group actor.
type parked map[parkedKey]*call

// parkedKey is a request of a user, or (request 0) a random of it.
type parkedKey struct {
	user    group.UserID
	request uint64
	random  uint32
}

func parkedKeys(c *call) []parkedKey {
	var keys []parkedKey
	if c.input.Request != 0 {
		keys = append(keys, parkedKey{user: c.input.Caller.User, request: c.input.Request})
	}
	if send, ok := c.input.Command.(group.Send); ok && send.RandomGiven {
		keys = append(keys, parkedKey{user: c.input.Caller.User, random: send.Random})
	}
	return keys
}

// echo has a call that repeats one that waits share its answer. Otherwise the
// call is noted as waiting itself, and it returns false.
func (p *parked) echo(c *call) bool {
	keys := parkedKeys(c)
	for _, k := range keys {
		if first := (*p)[k]; first != nil {
			first.echoes = append(first.echoes, c)
			return true
		}
	}
	if *p == nil {
		*p = parked{}
	}
	for _, k := range keys {
		(*p)[k] = c
	}
	return false
}

// remove forgets a call that waits no longer, and returns by how many fewer
// wait, as a negative number: it and its echoes.
func (p parked) remove(c *call) int64 {
	for _, k := range parkedKeys(c) {
		delete(p, k)
	}
	return -1 - int64(len(c.echoes))
}
