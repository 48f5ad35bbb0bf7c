package actors

import (
	"log/slog"
	"slices"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
)

const (
	// countersEvery is the least time, in ms, between two room_counters of a
	// room, and how long a change waits to be told; where a tip over arrivals and
	// departures is due it goes with that, so that the room is written to once.
	countersEvery = 1000
	// likesKeptEvery is how often, in ms, likes are stored while they rise.
	likesKeptEvery = 10_000
)

// counters are the numbers that a livestream shows (spec 19.10). They live
// with the audience so as to outlive a failure of the actor, which owns them.
type counters struct {
	loaded   bool
	likes    uint64
	audience uint32
	// what was told last, and since when something else is true; 0 = not.
	toldLikes    uint64
	toldAudience uint32
	changed      group.Millis
	told         group.Millis // when; 0 = never
	// kept is what is stored, unkept since when there is more; 0 = there is
	// not, or it is being stored (keeping).
	kept    uint64
	unkept  group.Millis
	keeping bool
}

// likesKept says what became of storing so many likes.
type likesKept struct {
	aud *audience
	n   uint64
	err error
}

// loadCounters begins with what is stored, or with what a failed incarnation
// knew.
func (g *groupActor) loadCounters(stored uint64) {
	c := &g.aud.counters
	if !c.loaded {
		*c = counters{loaded: true, likes: stored, toldLikes: stored, kept: stored}
	}
	g.machine.RestoreLikes(c.likes)
}

// count looks for changes after a decision.
func (g *groupActor) count() {
	if !g.counts || g.aud == nil {
		return
	}
	c := &g.aud.counters
	if g.machine.Dismissed() {
		*c = counters{loaded: true}
		return
	}
	c.likes, c.audience = g.machine.Likes(), g.machine.Audience()
	if c.changed == 0 && c.differ() {
		c.changed = g.now
	}
	if c.unkept == 0 && !c.keeping && c.likes != c.kept {
		c.unkept = g.now
	}
}

func (c *counters) differ() bool { return c.likes != c.toldLikes || c.audience != c.toldAudience }

// due is when something is to be told or stored; 0: nothing is. What waits for
// a tip that is folding has no time of its own.
func (c *counters) due(folding bool) group.Millis {
	var due group.Millis
	if c.changed != 0 && !folding {
		due = c.changed + countersEvery
	}
	if c.unkept != 0 && (due == 0 || c.unkept+likesKeptEvery < due) {
		due = c.unkept + likesKeptEvery
	}
	return due
}

// tellCounters tells and stores what is due; the last values win.
func (g *groupActor) tellCounters() {
	c := &g.aud.counters
	if c.changed != 0 && c.changed+countersEvery <= g.now && !g.machine.Folding() {
		g.tellChange()
	}
	if c.unkept != 0 && c.unkept+likesKeptEvery <= g.now {
		g.keepLikes()
	}
}

// tellAlong tells the counters with a folded tip that has just been told.
func (g *groupActor) tellAlong(events []*group.Event) {
	if !g.counts || g.aud == nil || !folded(events) {
		return
	}
	if c := &g.aud.counters; c.changed != 0 && c.told+countersEvery <= g.now {
		g.tellChange()
	}
}

// tellChange tells what is true now, unless it was told already.
func (g *groupActor) tellChange() {
	c := &g.aud.counters
	c.changed = 0
	if c.differ() {
		c.toldLikes, c.toldAudience, c.told = c.likes, c.audience, g.now
		g.sys.delivery.toRoom(g, protocol.RoomCounters(g.entry.id, g.stream, c.likes, c.audience))
	}
}

// folded: some of the events are tips over arrivals or departures.
func folded(events []*group.Event) bool {
	return slices.ContainsFunc(events, func(e *group.Event) bool {
		switch b := e.Body.(type) {
		case *group.Joined:
			return b.Folded
		case *group.Left:
			return b.Folded
		}
		return false
	})
}

// keepLikes stores the likes. If that fails nothing else does, and it is tried
// again later.
func (g *groupActor) keepLikes() {
	if g.aud == nil || g.aud.counters.likes == g.aud.counters.kept || g.machine.Dismissed() {
		return
	}
	c := &g.aud.counters
	c.unkept, c.keeping = 0, true
	m := &commit{append: persistence.Append{Rows: []persistence.RowOp{persistence.LikesOp(g.stream, c.likes)}}}
	aud, n, pid, root := g.aud, c.likes, g.self, g.sys.root
	m.stored = func(_ *commit, err error) { root.Send(pid, &likesKept{aud: aud, n: n, err: err}) }
	g.sys.committer.submit(m)
}

func (g *groupActor) likesKept(m *likesKept) {
	c := &m.aud.counters
	c.keeping = false
	if m.err != nil {
		g.sys.fault("store likes", m.err, slog.String("group", string(g.entry.id)))
	} else {
		c.kept = m.n
	}
	if c.likes != c.kept && !g.machine.Dismissed() {
		g.readClock()
		c.unkept = g.now
		g.setTimer()
	}
}
