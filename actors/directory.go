package actors

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/cespare/xxhash/v2"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
)

// directory finds the actor of a group and makes it if it is asleep. It uses
// locks, not messages: it stands on the way of every call, and an actor here
// would be one mailbox for the whole server.
type directory struct {
	sys    *System
	slices [64]struct {
		mu      sync.RWMutex
		entries map[group.ID]*groupEntry
	}
}

// groupEntry is one awake group.
type groupEntry struct {
	id group.ID
	// waiting counts calls that were sent and not yet answered; admission and
	// passivation look at it.
	waiting atomic.Int64
	// inHand counts what the actor is in the middle of, though the call it is
	// about may be answered: quiet and sleep wait for it, admission does not.
	inHand atomic.Int32
	// parked of them wait for their room's budget, so for the clock alone.
	parked   atomic.Int64
	lastUsed atomic.Int64 // ms
	// busy: the actor has a reason of its own to stay awake (audience, batches).
	busy atomic.Bool
	// live: the group is a livestream; true only once it is known.
	live atomic.Bool
	// unsettled: appends of a failed incarnation may still be under way.
	unsettled atomic.Bool

	// Owned by the actor. kept is the audience of a failed incarnation: with it
	// the numbers of a livestream and its guests live on. untold: it had
	// decisions stored, or on their way, that were not told.
	kept   *audience
	untold bool
	// recovering: a failed incarnation's work is being taken up. It is booked as
	// a waiting call, so that quiet does not seem to reign meanwhile.
	recovering bool

	mu      sync.Mutex
	pid     *actor.PID // nil until spawned
	pending []any      // sent before
}

func newDirectory(sys *System) *directory {
	d := &directory{sys: sys}
	for i := range d.slices {
		d.slices[i].entries = map[group.ID]*groupEntry{}
	}
	return d
}

func (e *groupEntry) send(s *System, m any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.pid == nil {
		e.pending = append(e.pending, m)
		return
	}
	s.root.Send(e.pid, m)
}

// recover begins or ends taking up what a failed incarnation has left.
func (e *groupEntry) recover(on bool) {
	if e.recovering == on {
		return
	}
	e.recovering = on
	if on {
		e.waiting.Add(1)
	} else {
		e.waiting.Add(-1)
	}
}

// keep holds on to the audience of a failed incarnation; nil lets go.
func (e *groupEntry) keep(s *System, a *audience) {
	if e.kept != nil {
		s.delivery.drop(e.kept)
	}
	e.kept = a
}

func (e *groupEntry) ready(s *System, pid *actor.PID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pid = pid
	for _, m := range e.pending {
		s.root.Send(pid, m)
	}
	e.pending = nil
}

func (d *directory) slice(id group.ID) (*sync.RWMutex, map[group.ID]*groupEntry) {
	s := &d.slices[xxhash.Sum64String(string(id))%uint64(len(d.slices))]
	return &s.mu, s.entries
}

// live reports whether a group is known to be a livestream: it is awake.
func (d *directory) live(id group.ID) bool {
	mu, entries := d.slice(id)
	mu.RLock()
	defer mu.RUnlock()
	e := entries[id]
	return e != nil && e.live.Load()
}

// take finds or makes the entry and books one waiting call on it, so that it
// cannot be passivated in between. make false: nil if the group is asleep.
func (d *directory) take(id group.ID, make bool) *groupEntry {
	mu, entries := d.slice(id)
	mu.RLock()
	e := entries[id]
	if e != nil {
		e.waiting.Add(1)
	}
	mu.RUnlock()
	if e != nil || !make {
		return e
	}
	mu.Lock()
	defer mu.Unlock()
	if e = entries[id]; e == nil {
		e = &groupEntry{id: id}
		entries[id] = e
		d.sys.metrics.groups.Inc()
		d.sys.root.Send(d.sys.groups, &spawn{e})
	}
	e.waiting.Add(1)
	return e
}

// exists reports whether the id names a group, by its row, or named one whose
// requests may be repeated still.
func (d *directory) exists(id group.ID) (bool, error) {
	found := false
	err := d.sys.journal.View(func(tx persistence.Tx) error {
		name, ok, err := persistence.LookupGroup(tx, id)
		at := name.DismissedAt()
		found = ok && (at == 0 || at+group.Millis(d.sys.limits.DedupeMillis) > group.Millis(d.sys.now()))
		return err
	})
	return found, err
}

// send brings a call to its group's actor, or refuses it: unknown group, or
// too much waiting. The server's own commands are always admitted.
func (d *directory) send(c *call) {
	d.sys.calls.Add(1)
	_, create := c.input.Command.(group.Create)
	e := d.take(c.group, false)
	if e == nil {
		if !create {
			ok, err := d.exists(c.group)
			if err != nil {
				d.sys.fault("look up group", err)
				c.refuse(errUnavailable())
				return
			}
			if !ok {
				c.refuse(protocol.NewError(group.CodeGroupNotFound))
				return
			}
		}
		e = d.take(c.group, true)
	}
	c.entry = e
	// What is parked holds up nothing, and the budget bounds it (spec 19.9).
	if c.session != nil && e.waiting.Load()-e.parked.Load() > int64(d.sys.cfg.GroupQueue) {
		d.sys.metrics.busy.Inc()
		c.refuse(errBusy(d.sys.cfg.BusyRetry))
		return
	}
	e.lastUsed.Store(d.sys.now())
	e.send(d.sys, c)
}

// sweep puts groups to sleep that nobody has used for a while.
func (d *directory) sweep(now int64, after time.Duration) {
	d.sleep(func(e *groupEntry) bool {
		return !e.busy.Load() && e.waiting.Load() == 0 && e.inHand.Load() == 0 && now-e.lastUsed.Load() >= after.Milliseconds()
	})
}

// still: nothing is under way but what waits for the clock alone.
func (e *groupEntry) still() bool {
	return e.waiting.Load() <= e.parked.Load() && e.inHand.Load() == 0
}

// empty puts all groups to sleep that have nothing under way; who waits for
// the clock alone is answered by that.
func (d *directory) empty() {
	d.sleep((*groupEntry).still)
}

func (d *directory) sleep(may func(*groupEntry) bool) {
	for i := range d.slices {
		s := &d.slices[i]
		s.mu.Lock()
		for id, e := range s.entries {
			if !may(e) {
				continue
			}
			delete(s.entries, id)
			d.sys.metrics.groups.Dec()
			e.send(d.sys, &passivate{})
		}
		s.mu.Unlock()
	}
}

// each calls fn with every awake group.
func (d *directory) each(fn func(*groupEntry)) {
	for i := range d.slices {
		s := &d.slices[i]
		s.mu.RLock()
		for _, e := range s.entries {
			fn(e)
		}
		s.mu.RUnlock()
	}
}
