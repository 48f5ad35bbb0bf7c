package actors

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sort"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
)

// load reads the group from the journal: name row, snapshot, events after it.
// First start, restart after a failure and a reload are the same path.
func (g *groupActor) load() {
	g.dead = new(atomic.Bool)
	g.loadedAt = g.sys.now()
	g.machine = group.NewMachine(g.sys.table, g.sys.limits)
	g.stream, g.stable, g.reserved, g.sinceSnap, g.snapFlight, g.base = 0, 0, 0, 0, false, 0
	g.storedLikes = 0
	g.restoring, g.loading, g.loadError = 0, g.entry.unsettled.Swap(false), nil
	if !g.loading {
		g.read()
		g.recovered()
		return
	}
	dead, pid, root := g.dead, g.self, g.sys.root
	g.sys.committer.after(func() { root.Send(pid, &settled{dead}) })
}

// loadAgain tries once more, at most every second, if the last load failed.
func (g *groupActor) loadAgain() {
	if g.loadError != nil && g.sys.now()-g.loadedAt > time.Second.Milliseconds() {
		g.load()
	}
}

// settled goes on with a load that had to wait.
func (g *groupActor) settled() {
	g.loading = false
	g.read()
	if g.loadError != nil {
		for _, c := range g.queue {
			c.refuse(errUnavailable())
		}
		g.queue = nil
	}
	g.ready()
}

// read brings the machine to the stored state.
func (g *groupActor) read() {
	g.loadError = g.sys.journal.View(g.readFrom)
	if g.loadError != nil {
		g.sys.fault("load group", g.loadError, slog.String("group", string(g.entry.id)))
		return
	}
	g.follow(g.machine.Time())
	g.readClock()
	if g.machine.Exists() && !g.machine.Dismissed() {
		g.listen()
		g.setTimer()
	}
	g.takeOver()
}

// takeOver brings the listeners of a failed incarnation into line with what is
// stored; calls wait for it.
func (g *groupActor) takeOver() {
	kept, untold := g.entry.kept, g.entry.untold
	g.entry.kept, g.entry.untold = nil, false
	if kept == nil {
		return
	}
	if untold {
		g.compare(kept)
	}
	g.sys.delivery.drop(kept)
}

func (g *groupActor) compare(a *audience) {
	ended := g.stream != a.stream || !g.machine.Exists() || g.machine.Dismissed()
	if ended {
		for _, pid := range g.sys.registries {
			g.sys.root.Send(pid, &roomClosed{a.stream})
		}
	}
	// Notices to everybody that were not told are due still; who listens is
	// asked before a group that ended loses its listeners.
	job := &announceJob{sys: g.sys, stream: a.stream, position: math.MaxUint64, left: len(g.sys.delivery.shards), place: true}
	for _, shard := range g.sys.delivery.shards {
		g.sys.root.Send(shard, &everyone{stream: a.stream, job: job})
	}
	m := &recheck{aud: a, live: g.live, ended: ended}
	dead, pid, root := g.dead, g.self, g.sys.root
	m.then = func() { root.Send(pid, &restored{dead: dead}) }
	m.failed = func() { root.Send(pid, &restored{dead: dead, failed: true}) }
	g.restoring += len(g.sys.delivery.shards)
	for _, shard := range g.sys.delivery.shards {
		root.Send(shard, m)
	}
}

func (g *groupActor) readFrom(tx persistence.Tx) error {
	name, ok, err := persistence.LookupGroup(tx, g.entry.id)
	if err != nil || !ok {
		return err
	}
	window := group.Millis(g.sys.limits.DedupeMillis)
	if at := name.DismissedAt(); at != 0 {
		if g.reserved = name.ReservedUntil; at+window <= group.Millis(g.sys.now()) {
			return nil
		}
		// What ended a moment ago still knows the requests that it had (spec 18.5).
	}
	g.stream = name.Stream
	machine, base, err := LoadGroup(tx, name.Stream, g.sys.table, g.sys.limits)
	if err != nil {
		return err
	}
	g.machine, g.storedLikes = machine, persistence.Likes(tx, name.Stream)
	g.stable, g.base = machine.Position(), base
	return recall(tx, name.Stream, machine, base, group.Millis(g.sys.now())-window)
}

// LoadGroup brings a stream's machine to its newest stored state; base is the
// position of the snapshot it began with, 0 if there was none.
func LoadGroup(tx persistence.Tx, stream group.StreamID, table *group.Table, limits group.Limits) (_ *group.Machine, base group.Position, _ error) {
	machine := group.NewMachine(table, limits)
	stored, err := tx.Snapshot(stream)
	if err != nil {
		return nil, 0, err
	}
	var after group.Position
	if stored != nil {
		snap, err := persistence.DecodeSnapshot(stored)
		if err != nil {
			return nil, 0, fmt.Errorf("snapshot of stream %d: %w", stream, err)
		}
		if machine, err = group.Restore(table, limits, snap); err != nil {
			return nil, 0, fmt.Errorf("snapshot of stream %d: %w", stream, err)
		}
		after, base = stored.Position, stored.Position
	}
	var bad error
	err = tx.Read(stream, after, func(e persistence.Entry) bool {
		event, err := persistence.DecodeEvent(e.Data)
		if err != nil {
			bad = fmt.Errorf("stream %d position %d: %w", stream, e.Position, err)
			return false
		}
		machine.Apply(event)
		return true
	})
	if err == nil {
		err = bad
	}
	return machine, base, err
}

// recall lets the machine know again the requests of the last minutes whose
// events its snapshot, at base, covers (spec 18.5).
func recall(tx persistence.Tx, stream group.StreamID, machine *group.Machine, base group.Position, since group.Millis) error {
	var fault error
	note := func(err error) {
		if fault == nil {
			fault = err
		}
	}
	// Times never fall within a stream, so where the last minutes begin can be
	// sought.
	n := sort.Search(int(base), func(i int) bool {
		young := true
		note(tx.Read(stream, group.Position(i), func(e persistence.Entry) bool {
			header, err := persistence.DecodeHeader(e.Data)
			note(err)
			young = e.Position > base || header.Time >= since
			return false
		}))
		return young
	})
	note(tx.Read(stream, group.Position(n), func(e persistence.Entry) bool {
		if e.Position > base {
			return false
		}
		event, err := persistence.DecodeEvent(e.Data)
		if note(err); err == nil && event.Time >= since {
			machine.Recall(event)
		}
		return err == nil
	}))
	return fault
}

// listen takes hold of the group's audience and, after a failure, has what
// was stored but not told filled in.
func (g *groupActor) listen() {
	g.live = g.machine.Kind() == group.Livestream
	g.entry.live.Store(g.live)
	g.open()
	g.aud = g.sys.delivery.hold(g.stream, g.entry.id)
	if !g.live {
		g.epoch = g.sys.epochOf(g.stream)
		g.sys.delivery.poke(g.aud, g.machine.Seq())
		return
	}
	g.epoch = g.sys.liveEpoch(g.aud)
	g.loadCounters(g.storedLikes)
	seq, ordinal := g.aud.last()
	if seq > 0 || g.aud.listeners() > 0 || g.entry.kept != nil {
		// A failed actor of a living room: presence is with the registries.
		g.machine.RestorePresence(nil, g.aud.guests(), seq, ordinal)
		g.restoring += len(g.sys.registries)
		g.sys.askPresence(g.self, g.stream, g.dead)
	}
}

// restorePresence takes over what one registry knows, or goes on after one
// shard has compared; calls wait for the last.
func (g *groupActor) restorePresence(m *restored) {
	if m.failed {
		g.unknown()
		return
	}
	if len(m.cards) > 0 {
		g.machine.RestorePresence(m.cards, g.aud.guests(), g.machine.Seq(), g.machine.Ordinal())
	}
	g.restoring--
	g.ready()
}

// unknown gives up a load that a registry or shard has failed at, as one that
// storage has: who waits is refused, and a later call loads and compares anew.
func (g *groupActor) unknown() {
	g.entry.recover(true)
	g.fall()
	g.entry.untold = true
	g.dead = new(atomic.Bool) // what the other registries say comes too late
	g.machine = group.NewMachine(g.sys.table, g.sys.limits)
	g.stream, g.restoring, g.loadError = 0, 0, errListeners
	g.recovered()
}

// errListeners: a registry has failed to say who is present in a livestream, or
// a shard to compare who listens to a group.
var errListeners = errors.New("who is there is not known")

// ready goes on with what had to wait while the actor loaded.
func (g *groupActor) ready() {
	if g.loading || g.restoring > 0 {
		return
	}
	g.subscribeLater()
	g.drain()
	g.recovered()
}

// recovered: nothing that a failed incarnation has left is to be waited for.
func (g *groupActor) recovered() {
	if !g.loading && g.restoring == 0 {
		g.entry.recover(false)
	}
}

// beforeCreate stamps a new stream and guards reserved ids (spec 6.1).
func (g *groupActor) beforeCreate(c *group.Create) *protocol.Error {
	if g.reserved > g.now {
		return protocol.NewError(group.CodeGroupIDTaken)
	}
	if g.machine.Dismissed() {
		return protocol.NewError(group.CodeGroupIDTaken)
	}
	c.Stream = g.sys.ids.stream()
	return nil
}

// created follows a Create that was accepted.
func (g *groupActor) created(stream group.StreamID) {
	g.stream, g.stable, g.reserved = stream, 0, 0
	g.listen()
}

// setTimer has the actor woken when the machine wants a Tick soon; what is
// far away is the sweeper's.
func (g *groupActor) setTimer() {
	g.readClock()
	due := g.due()
	if due == 0 || (g.timer != nil && g.timerAt <= due) {
		return
	}
	in := time.Duration(due-g.now) * time.Millisecond
	if g.timer != nil {
		g.timer.Stop()
	}
	g.timerAt = due
	pid, root := g.self, g.sys.root
	g.timer = g.sys.clock.AfterFunc(max(in, 0), func() { root.Send(pid, &tick{}) })
}

// tick lets due periods take effect.
func (g *groupActor) tick(m *tick) {
	if !m.sweeper {
		g.timer = nil
	}
	if g.loading || g.loadError != nil || g.stream == 0 {
		return
	}
	g.overdue()
	if due := g.machine.Due(); due == 0 || due > g.now {
		if m.sweeper && len(g.held) == 0 {
			c := &commit{stored: func(*commit, error) {}}
			c.append.Rows = []persistence.RowOp{persistence.TimerOp(g.stream, due)}
			g.sys.committer.submit(c)
		}
		g.setTimer()
		return
	}
	g.entry.waiting.Add(1)
	g.take(&call{group: g.entry.id, entry: g.entry, input: group.Input{
		Caller: group.Caller{System: true}, Command: group.Tick{}, NextID: g.sys.ids.application(1), Entropy: g.sys.ids.entropy(),
	}})
}

// snapshot writes the state every so many events, or before sleeping.
func (g *groupActor) snapshot(now bool) {
	if g.snapFlight || g.sinceSnap == 0 || (!now && g.sinceSnap < g.sys.cfg.SnapshotEvery) || !g.machine.Exists() {
		return
	}
	g.sinceSnap = 0
	g.snapFlight = true
	snap, base := g.machine.Snapshot(), g.base
	g.base = snap.Position
	stream, dead, pid, sys := g.stream, g.dead, g.self, g.sys
	taken := dead
	if now {
		// The actor ends; its last snapshot is not taken back with it.
		taken = nil
	}
	// Encoding is off the actor; the snapshot shares nothing that changes.
	sys.background.Go(func() {
		encoded := persistence.EncodeSnapshot(snap)
		encoded.Base = base
		m := &commit{dead: taken, append: persistence.Append{Stream: stream, Snapshot: encoded}}
		m.stored = func(_ *commit, err error) { sys.root.Send(pid, &snapshotted{dead: dead, err: err}) }
		sys.committer.submit(m)
	})
}

func (g *groupActor) snapshotted(err error) {
	g.snapFlight = false
	if err != nil {
		// The machine believes its chunks are saved; only reading anew is safe.
		g.lost(err)
	}
}

// sleep ends the actor of an idle group, its state saved.
func (g *groupActor) sleep(ctx actor.Context) {
	if g.loadError == nil && !g.loading {
		g.snapshot(true)
		g.keepLikes()
	}
	ctx.Stop(ctx.Self())
}
