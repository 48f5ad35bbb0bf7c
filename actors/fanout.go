package actors

import (
	"sync"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
)

// audience says which shards have listeners of a stream. It lives as long as
// a group actor or a shard holds it. It is shared memory and not a message
// because a group actor asks it for every frame.
type audience struct {
	stream group.StreamID
	group  group.ID
	// counts holds per shard the listeners plus the messages under way that may
	// add some, so that a shard whose count is 0 cannot miss a frame.
	counts []atomic.Int32
	// seq and ordinal of a livestream's newest frame outlive its actor's failure.
	seq, ordinal atomic.Uint64
	// guestCount is changed by the group's actor alone, as it counts them.
	guestCount atomic.Int32
	// owed is what the room's next frame has to name; the group's actor's own,
	// here so as to outlive its failure.
	owed owed
	// counters are the actor's own as well.
	counters counters

	// born tells this life of the audience from an earlier one: numbers of a
	// livestream begin anew with it.
	born uint64

	refs int // guarded by delivery.mu
}

func (a *audience) last() (group.Seq, uint64) {
	return group.Seq(a.seq.Load()), a.ordinal.Load()
}

func (a *audience) guests() int { return int(a.guestCount.Load()) }

func (a *audience) listeners() int {
	n := 0
	for i := range a.counts {
		n += int(a.counts[i].Load())
	}
	return n
}

// delivery brings frames from group actors to the shards.
type delivery struct {
	sys    *System
	shards []*actor.PID

	mu        sync.Mutex
	audiences map[group.StreamID]*audience
	births    uint64
}

// hold gives the audience of a stream; every hold needs a drop.
func (d *delivery) hold(s group.StreamID, id group.ID) *audience {
	d.mu.Lock()
	defer d.mu.Unlock()
	a := d.audiences[s]
	if a == nil {
		d.births++
		a = &audience{stream: s, group: id, counts: make([]atomic.Int32, len(d.shards)), born: d.births}
		d.audiences[s] = a
	}
	a.refs++
	return a
}

func (d *delivery) drop(a *audience) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if a.refs--; a.refs == 0 {
		delete(d.audiences, a.stream)
	}
}

func (d *delivery) shardOf(u group.UserID) int { return int(hashUser(u) % uint64(len(d.shards))) }

// publish is one frame, or a change of listeners, for one shard.
type publish struct {
	aud   *audience
	live  bool
	frame *protocol.Frame // nil: only the listeners change
	// except is the connection that has it in its answer.
	except uint64
	// caller may listen to what it joined although it asked for nothing else.
	caller  uint64
	entered []group.UserID
	after   group.Seq // entered listeners have everything up to here
	gone    []group.UserID
	closed  bool
	remind  *group.RemindChanged
	// token: the message itself is counted in the audience and gives it back.
	token bool
}

// release sends the effects of one stable command, in order.
func (d *delivery) release(g *groupActor, h *held) {
	next := numbers(h.rows)
	for i := range h.decision.Effects {
		d.effect(g, h, &h.decision.Effects[i], next)
	}
}

// numbers walks over the inbox numbers that storage gave, in order.
func numbers(a *persistence.Append) func() uint64 {
	if a == nil {
		return func() uint64 { return 0 }
	}
	i := -1
	return func() uint64 {
		for i++; i < len(a.Rows); i++ {
			if a.Rows[i].Op == persistence.OpAppendNumbered && i < len(a.Numbers) && len(a.Numbers[i]) > 0 {
				return a.Numbers[i][0].N
			}
		}
		return 0
	}
}

func (d *delivery) effect(g *groupActor, h *held, e *group.Effect, next func() uint64) {
	if g.live && len(e.Entered) > 0 {
		// Before the shard hears of it: an attach that begins there afterwards asks
		// the registry where the user is.
		g.sys.enters(g.entry.id, g.stream, e.Entered)
	}
	if e.Scope != group.ToGroup && e.Scope != 0 && (e.Remind != nil || e.Closed || len(e.Entered) > 0 || len(e.Gone) > 0) {
		// The frame goes by the inbox, who listens to the group changes all the same.
		change := *e
		change.Frame = nil
		d.toGroup(g, h, &change)
	}
	if e.Closed {
		g.payOwed()
	}
	switch e.Scope {
	case group.ToUsers:
		d.toUsers(g, e, next)
	case group.ToAllMembers:
		d.toAll(g, h, e)
	default:
		d.toGroup(g, h, e)
	}
	if g.live && (len(e.Gone) > 0 || e.Closed) {
		g.sys.leaves(g.stream, e)
	}
	if e.Closed {
		g.entry.busy.Store(false)
	}
}

// toRoom sends one frame to every shard with listeners.
func (d *delivery) toRoom(g *groupActor, f *protocol.Frame) {
	for i, pid := range d.shards {
		if g.aud.counts[i].Load() > 0 {
			d.sys.root.Send(pid, &publish{aud: g.aud, live: g.live, frame: f})
		}
	}
}

// toGroup sends one frame to every shard with listeners, and listener changes
// to the shards of the users concerned.
func (d *delivery) toGroup(g *groupActor, h *held, e *group.Effect) {
	m := publish{aud: g.aud, live: g.live, closed: e.Closed, remind: e.Remind}
	after := h.seq
	if e.Frame != nil {
		m.frame = d.sys.frameOf(g.entry.id, g.stream, g.live, e.Frame, 0)
		if n, ok := e.Frame.(*group.Numbered); ok {
			after = n.Event.Seq - 1
			if g.live {
				g.aud.seq.Store(uint64(n.Event.Seq))
				g.aud.ordinal.Store(n.Event.Ordinal)
				m.frame = g.named(n.Event, m.frame)
			}
		}
	} else if h.decision.Events != nil {
		after = firstSeq(h.decision.Events, after)
	}
	m.after = after
	if e.NotCaller {
		m.except = h.call.conn()
	}
	m.caller = h.call.conn()
	entered, gone := d.split(e.Entered), d.split(e.Gone)
	var remind = -1
	if e.Remind != nil {
		remind = d.shardOf(e.Remind.User)
	}
	for i := range d.shards {
		in, out := entered[i], gone[i]
		if len(in) == 0 && len(out) == 0 && i != remind && g.aud.counts[i].Load() == 0 {
			continue
		}
		if m.frame == nil && len(in) == 0 && len(out) == 0 && !m.closed && i != remind {
			continue
		}
		p := m
		p.entered, p.gone = in, out
		if len(in) > 0 {
			p.token = true
			g.aud.counts[i].Add(1)
		}
		d.sys.root.Send(d.shards[i], &p)
	}
}

// firstSeq is the number below the first numbered event.
func firstSeq(events []*group.Event, otherwise group.Seq) group.Seq {
	for _, e := range events {
		if e.Seq != 0 {
			return e.Seq - 1
		}
	}
	return otherwise
}

func (d *delivery) split(users []group.UserID) map[int][]group.UserID {
	if len(users) == 0 {
		return nil
	}
	by := make(map[int][]group.UserID, 1)
	for _, u := range users {
		i := d.shardOf(u)
		by[i] = append(by[i], u)
	}
	return by
}

// userFrame is one frame for one user's inbox.
type userFrame struct {
	user  group.UserID
	frame *protocol.Frame
}

// toInbox carries frames for users of one shard.
type toInbox struct{ items []userFrame }

// toUsers sends a frame by the inboxes of the users named.
func (d *delivery) toUsers(g *groupActor, e *group.Effect, next func() uint64) {
	if e.Frame == nil {
		return
	}
	items := make([]userFrame, 0, len(e.Users))
	_, notice := e.Frame.(*group.Notice)
	var shared *protocol.Frame
	for _, u := range e.Users {
		switch {
		case notice:
			items = append(items, userFrame{u, d.sys.frameOf(g.entry.id, g.stream, g.live, e.Frame, next())})
		case shared == nil:
			shared = d.sys.frameOf(g.entry.id, g.stream, g.live, e.Frame, 0)
			fallthrough
		default:
			items = append(items, userFrame{u, shared})
		}
	}
	d.inbox(items)
}

// inbox sends frames to users, keeping the order per user.
func (d *delivery) inbox(items []userFrame) {
	if len(items) == 1 {
		d.sys.root.Send(d.shards[d.shardOf(items[0].user)], &toInbox{items})
		return
	}
	by := map[int][]userFrame{}
	for _, it := range items {
		i := d.shardOf(it.user)
		by[i] = append(by[i], it)
	}
	for i, part := range by {
		d.sys.root.Send(d.shards[i], &toInbox{part})
	}
}

// poke tells the shards how far a stream goes, so that listeners who missed
// something fill it in from the journal.
func (d *delivery) poke(a *audience, seq group.Seq) {
	for i := range d.shards {
		if a.counts[i].Load() > 0 {
			d.sys.root.Send(d.shards[i], &poked{a, seq})
		}
	}
}

type poked struct {
	aud *audience
	seq group.Seq
}
