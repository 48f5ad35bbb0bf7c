//go:build linux

package crew

import (
	"context"
	"strconv"

	"github.com/troupe-im/troupe/bench/internal/report"
	"github.com/troupe-im/troupe/bench/internal/swarm"
)

// Does is what the connections of a crowd do when they are open.
type Does string

// What they may do.
const (
	Listens Does = "listens" // nothing
	LogsIn  Does = "logs in"
	Enters  Does = "enters" // logs in, attaches all and joins the room
	// EntersUnheard joins the room as well, sits nowhere and is given nothing of it.
	EntersUnheard Does = "enters unheard"
)

// Alike describes connections that are alike: the users Prefix0, Prefix1 and so
// on. Room is where they sit; empty = nowhere.
type Alike struct {
	Prefix, Room string
	N            int
	Does         Does
	// Together: all their requests go out in one message.
	Together bool
	// Newcomers: their latencies are noted apart from those of all others.
	Newcomers bool
}

func (a *Alike) script() swarm.Script {
	switch a.Does {
	case LogsIn:
		return swarm.LogInOnly
	case Enters:
		return swarm.Enter(a.Room)
	case EntersUnheard:
		return swarm.EnterUnheard(a.Room)
	}
	return swarm.Listen
}

// conns makes those with the numbers from up to to, spread over loops.
func (a *Alike) conns(s *swarm.Swarm, loops, from, to int) []*swarm.Conn {
	var room *swarm.Room
	if a.Room != "" && a.Does != EntersUnheard {
		if room = s.RoomOf(a.Room); room == nil {
			room = s.Room(a.Room, false)
		}
	}
	script, conns := a.script(), make([]*swarm.Conn, 0, to-from)
	for i := from; i < to; i++ {
		c := s.Conn(i%loops, a.Prefix+strconv.Itoa(i), script)
		c.Together, c.Newcomer = a.Together, a.Newcomers
		if room != nil {
			c.Sit(room)
		}
		conns = append(conns, c)
	}
	return conns
}

// Crowd is connections that are alike, over all processes.
type Crowd struct {
	crew   *Crew
	n      int
	mine   []*swarm.Conn
	theirs []part
}

// part is that of one hand.
type part struct{ number, n int }

// Crowd makes them, not open yet. What publishes must have been made before.
// This process has extra other connections, which count as its share.
func (c *Crew) Crowd(a Alike, extra int) (*Crowd, error) {
	from, to := share(a.N, extra, c.Processes(), 0)
	w := &Crowd{crew: c, n: a.N, mine: a.conns(c.swarm, c.loops, from, to), theirs: make([]part, len(c.hands))}
	senders := c.swarm.Publishers()
	for i, h := range c.hands {
		from, to := share(a.N, extra, c.Processes(), i+1)
		w.theirs[i].n = to - from
		if err := h.call("Crowd", CrowdArgs{a, from, to, senders}, &w.theirs[i].number); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// Loops is over how many loops of this process it is spread.
func (w *Crowd) Loops() int { return min(w.crew.loops, len(w.mine)) }

// Open opens it, with further connections of this process, at a pace of all
// processes together. times gets how long each took; nil = nobody asks.
func (w *Crowd) Open(ctx context.Context, p swarm.Pace, times *report.Recorder, further ...*swarm.Conn) error {
	conns := append(append([]*swarm.Conn(nil), w.mine...), further...)
	all := float64(w.n + len(further))
	own := paceOf(p, len(conns), all)
	if times != nil {
		own.Took = Note(times, w.crew.loops+w.crew.spare)
	}
	return w.crew.all(
		func() error { return w.crew.swarm.Open(ctx, conns, own) },
		func(i int, h *hand) error {
			there := w.theirs[i]
			if there.n == 0 {
				return nil
			}
			q := paceOf(p, there.n, all)
			var took Timed
			if err := h.wait("Open", OpenArgs{there.number, q.AtOnce, q.PerSecond, times != nil}, &took); err != nil {
				return err
			}
			if times != nil {
				times.Merge(took.Latencies)
			}
			return nil
		})
}

// paceOf is the pace of n connections of all.
func paceOf(p swarm.Pace, n int, all float64) swarm.Pace {
	of := float64(n) / max(all, 1)
	return swarm.Pace{AtOnce: max(1, int(float64(p.AtOnce)*of+0.5)), PerSecond: p.PerSecond * of}
}

// HangUp closes its connections without a word.
func (w *Crowd) HangUp() error {
	return w.crew.all(
		func() error { w.crew.swarm.HangUp(w.mine); return nil },
		func(i int, h *hand) error { return h.call("HangUp", w.theirs[i].number, &Nothing{}) })
}
