package actors

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
)

// Where the policy gives a room a budget, messages go through its shedder; who
// waits there is decided when it passes or is shed (spec 19.9).

// open makes the shedder of a group that has just been loaded or created.
func (g *groupActor) open() {
	policy := g.sys.table.Of(g.machine.Kind())
	g.shed, g.counts = nil, policy.Counters
	if b := policy.RoomBudget; b != (group.RoomBudget{}) {
		g.shed = group.NewShedder[*call](b)
	}
}

// budgeted leaves a message to the room's budget. False: it has no say.
func (g *groupActor) budgeted(c *call) bool {
	if g.shed == nil {
		return false
	}
	priority, bytes, ok := g.machine.Offer(&c.input)
	if !ok {
		return false
	}
	g.entry.parked.Add(1)
	if g.parked.echo(c) {
		g.current = nil
		return true
	}
	g.shed.Offer(g.now, c.input.Caller.User, priority, bytes, c)
	g.current = nil
	g.verdicts()
	g.setTimer()
	return true
}

// verdicts decides what the budget lets pass or gives up by now.
func (g *groupActor) verdicts() {
	for {
		v, ok := g.shed.Next(g.now)
		if !ok {
			return
		}
		if c := g.unpark(v.Item); v.Shed != 0 {
			send := c.input.Command.(group.Send)
			send.Shed, send.RetryAfter = v.Shed, v.RetryAfter
			c.input.Command = send
		}
		g.judge(v.Item)
	}
}

// unpark takes in hand a call that has waited.
func (g *groupActor) unpark(c *call) *call {
	g.entry.parked.Add(g.parked.remove(c))
	g.current = c
	c.input.Now = g.now
	return c
}

// emptyRoom decides at once what waits in a room that is no more.
func (g *groupActor) emptyRoom() {
	if g.shed == nil || !g.machine.Dismissed() {
		return
	}
	for _, c := range g.shed.Clear() {
		g.judge(g.unpark(c))
	}
}

// abandon answers all that wait when the actor fails or stops.
func (g *groupActor) abandon(e *protocol.Error) {
	if g.shed == nil {
		return
	}
	for _, c := range g.shed.Clear() {
		g.entry.parked.Add(g.parked.remove(c))
		c.refuse(e)
	}
}

// overdue lets happen what the room's clock has brought.
func (g *groupActor) overdue() {
	g.readClock()
	if g.shed != nil {
		g.verdicts()
	}
	if g.aud == nil {
		return
	}
	if due := g.aud.owed.due(); due != 0 && due <= g.now {
		g.payOwed()
	}
	g.tellCounters()
}

// due is when the actor has something to do by itself; 0: never as things
// stand. What the machine wants later than the next sweep is the sweeper's.
func (g *groupActor) due() group.Millis {
	due := g.machine.Due()
	if int64(due-g.now) > g.sys.cfg.SweepEvery.Milliseconds() {
		due = 0
	}
	sooner := func(at group.Millis) {
		if at != 0 && (due == 0 || at < due) {
			due = at
		}
	}
	if g.shed != nil {
		sooner(g.shed.Due())
	}
	if g.aud != nil {
		sooner(g.aud.owed.due())
		sooner(g.aud.counters.due(g.machine.Folding()))
	}
	return due
}
