package actors

import (
	"log/slog"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/jonboulle/clockwork"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
)

// groupActor runs the machine of one group: it stamps commands, lets the
// machine decide, sends what was decided to the committer and, when that is
// stable, releases answer and effects in order.
type groupActor struct {
	sys   *System
	entry *groupEntry
	self  *actor.PID

	machine *group.Machine
	stream  group.StreamID
	// reserved: the id belonged to a dismissed group and cannot be taken before.
	reserved group.Millis
	live     bool
	aud      *audience
	epoch    string

	// stable is the newest position known to be stored; held waits for it.
	stable group.Position
	held   []*held
	// appends counts commits in flight; queue waits while there are too many.
	appends int
	queue   []*call
	// current is the call in hand, so that a panic does not lose its caller;
	// telling: what was decided on it is being told.
	current *call
	telling bool
	// dead takes back what this incarnation has queued at the committer.
	dead deadFlag
	// loading: the journal is read when the appends of the incarnation before
	// have been dealt with. later are attaches that wait for it.
	loading bool
	later   []*subscribeLive
	// restoring counts the registries that have not yet said who is present,
	// and the shards that have not yet compared their listeners.
	restoring int

	groupTime
	rates  rates
	shed   *group.Shedder[*call] // nil: the room has no budget
	parked parked                // what waits in it
	counts bool                  // it shows counters (row 43)
	// storedLikes is what storage had when the actor loaded.
	storedLikes uint64
	timer       clockwork.Timer
	timerAt     group.Millis
	sinceSnap   int
	base        group.Position // of the snapshot that the next builds on
	snapFlight  bool
	loadError   error
	loadedAt    int64
}

// deadFlag tells the messages of one incarnation of an actor from those of
// the next, and takes back what the former had queued.
type deadFlag = *atomic.Bool

// held is one decided command that waits until position is stable.
type held struct {
	position group.Position
	seq      group.Seq // newest number after the decision
	call     *call
	decision group.Decision
	rows     *persistence.Append
	// pending: its commit is under way.
	pending bool
}

// Messages of group actors.
type (
	committed struct {
		h    *held
		dead deadFlag
		err  error
	}
	snapshotted struct {
		dead deadFlag
		err  error
	}
	// tick says that the machine's Due may be over; the sweeper's ticks come
	// from a timer row, which is to be set anew if nothing is.
	tick struct{ sweeper bool }
	// settled: what a failed incarnation had under way has been dealt with.
	settled   struct{ dead deadFlag }
	passivate struct{}
	// restored carries who is present in a livestream after its actor's restart.
	restored struct {
		dead   deadFlag
		cards  []group.Card
		failed bool // it could not be found out
	}
)

func (s *System) groupProps(e *groupEntry) *actor.Props {
	return actor.PropsFromProducer(func() actor.Actor {
		return &groupActor{sys: s, entry: e}
	}, actor.WithMailbox(actor.UnboundedLockfree()), actor.WithDispatcher(s.dispatcher))
}

// Receive implements actor.Actor.
func (g *groupActor) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *actor.Started:
		g.self = ctx.Self()
		g.sys.awake.Add(1)
		g.load()
	case *call:
		g.take(m)
	case *committed:
		if m.dead == g.dead {
			g.committed(m)
		}
	case *snapshotted:
		if m.dead == g.dead {
			g.snapshotted(m.err)
		}
	case *restored:
		if m.dead == g.dead {
			g.restorePresence(m)
		}
	case *subscribeLive:
		// Kept until it is answered, should the actor fail at it.
		g.later = append(g.later, m)
		g.loadAgain()
		if !g.loading && g.restoring == 0 {
			g.subscribeLater()
		}
	case *likesKept:
		g.likesKept(m)
	case *settled:
		if m.dead == g.dead {
			g.settled()
		}
	case *barrier:
		m.done.Done()
	case *tick:
		g.tick(m)
	case *passivate:
		g.sleep(ctx)
	case *actor.Restarting:
		g.sys.awake.Add(-1)
		g.entry.recover(true)
		g.fall()
	case *actor.Stopping:
		g.fall()
		g.entry.keep(g.sys, nil)
		g.entry.recover(false)
		g.sys.awake.Add(-1)
	}
}

// take admits a call, or lets it wait while too many appends are in flight.
func (g *groupActor) take(c *call) {
	g.loadAgain()
	if g.loadError != nil {
		c.refuse(errUnavailable())
		return
	}
	if g.loading || g.restoring > 0 || g.appends >= g.sys.cfg.AppendsInFlight || len(g.queue) > 0 {
		g.queue = append(g.queue, c)
		return
	}
	g.decide(c)
}

// decide lets the machine judge one command and holds what comes of it.
func (g *groupActor) decide(c *call) {
	g.current = c
	g.readClock()
	c.input.Now = g.now
	if e := g.admit(c); e != nil {
		g.current = nil
		c.refuse(e)
		return
	}
	if e := g.sys.deletions.screen(c); e != nil {
		g.current = nil
		c.refuse(e)
		return
	}
	create, isCreate := c.input.Command.(group.Create)
	if isCreate {
		if e := g.beforeCreate(&create); e != nil {
			g.current = nil
			c.refuse(e)
			return
		}
		c.input.Command = create
	}
	if !g.budgeted(c) {
		g.judge(c)
		g.emptyRoom()
	}
}

// judge has the machine decide on the call in hand.
func (g *groupActor) judge(c *call) {
	// Who waits for quiet waits for the timer too, not only for the answer.
	g.entry.inHand.Add(1)
	defer g.entry.inHand.Add(-1)
	g.sys.failAt(FaultDecide)
	h := &held{call: c}
	h.decision = g.machine.Step(&c.input)
	g.sys.failAt(FaultApply)
	if create, ok := c.input.Command.(group.Create); ok && h.decision.Reject == nil && h.decision.Repeat == nil {
		g.created(create.Stream)
	}
	h.position, h.seq = g.machine.Position(), g.machine.Seq()
	audit := g.audit(h)
	if n := journalled(h.decision.Events); n > 0 {
		g.commit(h, n, audit)
	} else {
		g.commitRows(h, audit)
	}
	g.current = nil
	g.hold(h)
	g.count()
	g.setTimer()
	if g.live {
		// Presence lives in this actor alone. A room that had ended when it was
		// loaded has no audience.
		g.entry.busy.Store(g.aud != nil && (g.machine.MemberCount() > 0 || g.aud.listeners() > 0))
	}
}

func journalled(events []*group.Event) int {
	n := 0
	for _, e := range events {
		if !e.Volatile() {
			n++
		}
	}
	return n
}

// commit sends the events of one command to storage, and the audit's entry of it.
func (g *groupActor) commit(h *held, n int, audit []persistence.RowOp) {
	a := persistence.Append{
		Stream:  g.stream,
		After:   h.position - group.Position(n),
		Entries: make([]persistence.Entry, 0, n),
		Rows:    append(persistence.RowsOf(g.machine, &h.decision), audit...),
	}
	for _, e := range h.decision.Events {
		if e.Volatile() {
			continue
		}
		entry := persistence.Entry{Position: e.Position, Data: persistence.EncodeEvent(e)}
		if !g.live {
			entry.Seq = e.Seq
		}
		a.Entries = append(a.Entries, entry)
		if _, ends := e.Body.(*group.Dismissed); ends {
			// Frees space in the end, so it may use the reserve (spec 19.15).
			a.FromReserve = true
		}
	}
	if leave, ok := h.call.input.Command.(group.Leave); ok && leave.Reason == group.LeaveAccountDeleted {
		a.FromReserve = true
	}
	g.sinceSnap += n
	g.submit(h, a)
}

func (g *groupActor) submit(h *held, a persistence.Append) {
	m := &commit{append: a, dead: g.dead}
	h.rows, h.pending = &m.append, true
	g.appends++
	dead, pid, root := g.dead, g.self, g.sys.root
	m.stored = func(_ *commit, err error) { root.Send(pid, &committed{h: h, dead: dead, err: err}) }
	g.sys.committer.submit(m)
}

// hold keeps a decision until all it rests on is stable.
func (g *groupActor) hold(h *held) {
	g.held = append(g.held, h)
	g.release()
}

func (g *groupActor) committed(m *committed) {
	g.appends--
	if m.err != nil {
		g.lost(m.err)
		return
	}
	m.h.pending = false
	g.stable = max(g.stable, m.h.position)
	g.release()
	g.drain()
	g.snapshot(false)
}

// drain decides what had to wait.
func (g *groupActor) drain() {
	for len(g.queue) > 0 && g.loadError == nil && g.restoring == 0 && g.appends < g.sys.cfg.AppendsInFlight {
		c := g.queue[0]
		g.queue = g.queue[1:]
		g.decide(c)
	}
}

// release lets out, in order, what has become stable.
func (g *groupActor) release() {
	for len(g.held) > 0 && !g.held[0].pending && g.held[0].position <= g.stable {
		h := g.held[0]
		g.held[0] = nil
		g.held = g.held[1:]
		g.current, g.telling = h.call, len(h.decision.Events) > 0
		g.out(h)
		g.current, g.telling = nil, false
	}
	if len(g.held) == 0 {
		g.held = nil
	}
}

// out sends the answer, then the effects, of one stable command.
func (g *groupActor) out(h *held) {
	g.sys.failAt(FaultRelease)
	// Who waits for quiet waits for the effects, not only for the answer.
	g.entry.inHand.Add(1)
	defer g.entry.inHand.Add(-1)
	d, c := &h.decision, h.call
	switch {
	case d.Reject != nil:
		c.refuse(protocol.ErrorFrom(d.Reject))
	case d.Repeat != nil:
		g.repeat(c, d.Repeat)
	default:
		if c.released != nil {
			c.released(g, h)
		}
		if _, ok := c.input.Command.(group.GetHistory); ok {
			g.sys.readers.submit(&historyJob{call: c, stream: g.stream, group: g.entry.id, may: *d.Result.History})
			return
		}
		c.answer(&d.Result)
		g.sys.delivery.release(g, h)
		g.tellAlong(d.Events)
	}
}

// repeat reads the event of a request's first run back and answers with it.
func (g *groupActor) repeat(c *call, r *group.Repeat) {
	var found *group.Event
	err := g.sys.journal.View(func(tx persistence.Tx) error {
		var err error
		take := func(e persistence.Entry) bool {
			found, err = persistence.DecodeEvent(e.Data)
			return false
		}
		if rerr := tx.Read(g.stream, r.Position-1, take); rerr != nil {
			return rerr
		}
		return err
	})
	if err != nil || found == nil {
		g.sys.fault("read back answer", err, slog.String("group", string(g.entry.id)))
		c.refuse(errUnavailable())
		return
	}
	res := group.ResultOf(found)
	if _, send := c.input.Command.(group.Send); !send {
		p := g.machine.Profile()
		res.Group = &p
	}
	c.answer(&res)
}

// lost handles a failed append: whether it was stored is not known, so the
// working state is thrown away and read anew.
func (g *groupActor) lost(err error) {
	g.sys.fault("append", err, slog.String("group", string(g.entry.id)))
	untold := g.entry.untold
	g.entry.recover(true)
	g.fallWith(unavailableOf(err))
	if isFull(err) {
		// Nothing was stored, so there is nothing to tell.
		g.entry.untold = untold
	}
	g.load()
}

// fall answers everybody who waits when the actor fails or stops.
func (g *groupActor) fall() { g.fallWith(errUnavailable()) }

func (g *groupActor) fallWith(e *protocol.Error) {
	if g.dead != nil {
		g.dead.Store(true)
	}
	if g.appends > 0 {
		g.entry.unsettled.Store(true)
	}
	g.entry.untold = g.entry.untold || g.telling
	g.telling = false
	if g.current != nil {
		g.current.refuse(e)
		g.current = nil
	}
	for _, h := range g.held {
		g.entry.untold = g.entry.untold || len(h.decision.Events) > 0
		h.call.refuse(e)
	}
	for _, c := range g.queue {
		c.refuse(e)
	}
	g.abandon(e)
	for _, m := range g.later {
		m.then(0, unavailableState(g.entry.id), 0, false)
	}
	g.held, g.queue, g.later, g.appends = nil, nil, nil, 0
	if g.timer != nil {
		g.timer.Stop()
		g.timer = nil
	}
	if g.aud != nil {
		g.entry.keep(g.sys, g.aud)
		g.aud = nil
	}
}
