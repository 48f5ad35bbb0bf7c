package actors

import (
	"time"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
)

// A large room is passed over in blocks: while the writers of its connections
// are busy with one block, what is published meanwhile gathers, and then goes
// to everybody as the next block, joined once. So a busy room pays one write
// per connection and pass, not per frame, and the more is published the less
// each delivery costs. A room that is not busy waits for nothing, and small
// rooms never gather.

// gathered is one frame that waits for the pass to end.
type gathered struct {
	frame *protocol.Frame
	// except is the connection that has it in its answer.
	except uint64
}

// gathering is the part of a room that blocks need. Owned by the shard.
type gathering struct {
	waiting []gathered
	bytes   int
	// first numbers waiting[0] among all frames of the room; subscription.next
	// counts with it.
	first uint64
	// pass is under way since began; nil: none is.
	pass  *Pass
	began time.Time
	// turning: a pass begins when the shard has dealt with what has come by now.
	turning bool
	// timed: a timer will end the wait for more.
	timed bool
	// conns is room for the next pass to collect connections in.
	conns []PassConn
}

// end numbers the frame that will come next.
func (g *gathering) end() uint64 { return g.first + uint64(len(g.waiting)) }

const (
	// mostGathered and mostGatheredBytes bound a block. What is joined beyond
	// saves nothing, and must find room in the listeners' queues.
	mostGathered      = 64
	mostGatheredBytes = 16 << 10
)

// passed says that a pass over a room has ended, or that enough was gathered.
type passed struct {
	room *room
	pass *Pass
}

// broadcast brings one frame to all listeners of a room: at once, or in the
// next block.
func (s *shard) broadcast(r *room, f *protocol.Frame, except uint64) {
	if len(r.subs) < s.sys.cfg.GatherAbove {
		s.flush(r)
		r.first++
		for _, sub := range r.subs {
			sub.next = r.first
			s.give(sub, f, except)
		}
		return
	}
	size := len(f.Bytes(protocol.Binary))
	if len(r.waiting) == 0 {
		s.sys.gathering.Add(1)
	}
	r.waiting = append(r.waiting, gathered{f, except})
	r.bytes += size
	if frames, bytes := s.sys.mostGathered(); len(r.waiting) >= frames || r.bytes >= bytes {
		s.flush(r)
		return
	}
	if r.pass == nil && !r.turning {
		r.turning = true
		s.sys.root.Send(s.sys.delivery.shards[s.index], &roomTurned{r})
	}
}

// roomTurned comes behind all that was in the mailbox when a room's first frame
// came: what its actor tells in one go is one block.
type roomTurned struct{ room *room }

func (s *shard) roomTurned(m *roomTurned) {
	r := m.room
	r.turning = false
	if r.pass == nil {
		s.flush(r)
	}
}

// mostGathered bounds a block: a quarter of a listener's queue at most, so that
// nobody is taken to be slow for what came at once.
func (s *System) mostGathered() (frames, bytes int) {
	frames, bytes = mostGathered, mostGatheredBytes
	if n := int(s.cfg.Announce.GetQueueFrames()); n > 0 {
		frames = min(frames, max(n/4, 1))
	}
	if n := int(s.cfg.Announce.GetQueueBytes()); n > 0 {
		bytes = min(bytes, n/4)
	}
	return frames, bytes
}

// flush brings out what waits, without regard to the pass under way.
func (s *shard) flush(r *room) {
	if len(r.waiting) > 0 {
		s.sys.gathering.Add(-1)
		s.start(r)
	}
}

// passed goes on with what was gathered during a pass.
func (s *shard) passed(m *passed) {
	r := m.room
	if r.pass != m.pass {
		return
	}
	if len(r.waiting) > 0 && s.waitForMore(r) {
		return
	}
	r.pass = nil
	clear(m.pass.conns)
	r.conns = m.pass.conns[:0]
	s.flush(r)
}

// waitForMore lets a pass last the least time that is configured.
func (s *shard) waitForMore(r *room) bool {
	rest := s.sys.cfg.GatherFor - s.sys.clock.Since(r.began)
	if rest <= 0 || r.timed {
		r.timed = false
		return false
	}
	r.timed = true
	pid, root, m := s.sys.delivery.shards[s.index], s.sys.root, &passed{r, r.pass}
	s.sys.clock.AfterFunc(rest, func() { root.Send(pid, m) })
	return true
}

// start begins a pass with all that waits.
func (s *shard) start(r *room) {
	waiting, end := r.waiting, r.end()
	pid, root, m := s.sys.delivery.shards[s.index], s.sys.root, &passed{room: r}
	p := newPass(r.conns, func() { root.Send(pid, m) }, s.sys.dispatcher.Pool)
	m.pass, r.conns = p, nil
	r.pass, r.began, r.timed = p, s.sys.clock.Now(), false
	// Deferred, as the room and the connections collected outlive a failure: they
	// would wait for this pass for ever.
	defer func() {
		clear(waiting)
		r.waiting, r.first, r.bytes = waiting[:0], end, 0
		p.run()
	}()
	s.sys.metrics.gathered.Observe(float64(len(waiting)))
	b := s.newBlock(waiting)
	for i := range waiting {
		s.apart(r, waiting[i].except)
	}
	for _, sub := range r.subs {
		s.giveBlock(sub, b, end, p)
	}
}

// apart settles the listener that one of the waiting frames is not for.
func (s *shard) apart(r *room, except uint64) {
	l := s.links[except]
	if l == nil {
		return
	}
	if sub := l.subscription(r.aud.stream); sub != nil {
		s.settle(sub)
	}
}

// turned comes behind all that was in the mailbox when a turn began.
type turned struct{ turn *Pass }

// mostInTurn bounds the connections of a turn.
const mostInTurn = 512

// push gives a connection a frame. What is to be written is written when the
// shard has dealt with all that had come by then, a connection at a time: so
// what several groups have for one goes out together, and no goroutine is
// needed for each.
func (s *shard) push(c Conn, f *protocol.Frame) {
	if s.turn == nil {
		s.turn = newPass(nil, nothing, s.sys.dispatcher.Pool)
		s.sys.root.Send(s.sys.delivery.shards[s.index], &turned{s.turn})
	}
	c.PushIn(f, s.turn)
	if len(s.turn.conns) >= mostInTurn {
		s.endTurn(s.turn)
	}
}

func nothing() {}

// endTurn writes to the connections of a turn.
func (s *shard) endTurn(turn *Pass) {
	if s.turn == turn {
		s.turn = nil
		turn.run()
	}
}

// settle gives one listener what waits, ahead of the others: what happens to
// it next comes after that.
func (s *shard) settle(sub *subscription) {
	r := sub.room
	sub.behind()
	for i := sub.next - r.first; i < uint64(len(r.waiting)); i++ {
		sub.next++
		s.give(sub, r.waiting[i].frame, r.waiting[i].except)
	}
}

// block is what one pass brings, with what decides who may have it as a whole.
type block struct {
	*protocol.Block
	// from and to are its numbers, all of them brought or named; 0, 0: it has
	// none.
	from, to group.Seq
	// parted: not to be given as a whole.
	parted      bool
	discardable bool
}

func (s *shard) newBlock(waiting []gathered) *block {
	b := &block{}
	frames := make([]*protocol.Frame, len(waiting))
	for i := range waiting {
		f := waiting[i].frame
		frames[i] = f
		b.discardable = b.discardable || f.Discardable
		switch first, n := group.Seq(f.First()), group.Seq(f.Seq); {
		case n == 0:
		case b.from == 0:
			b.from, b.to = first, n
		case first != b.to+1:
			b.parted = true
		default:
			b.to = n
		}
	}
	b.Block = protocol.NewBlock(frames)
	return b
}

// giveBlock gives a listener the whole block, or frame by frame what of it it
// is to have.
func (s *shard) giveBlock(sub *subscription, b *block, end uint64, p *Pass) {
	sub.behind()
	if sub.next == end {
		return
	}
	whole := sub.next == sub.room.first && sub.catch == nil && !b.parted &&
		(b.from == 0 || sub.after+1 == b.from) && !(sub.discard && b.discardable)
	if !whole {
		s.settle(sub)
		return
	}
	sub.next = end
	sub.after = max(sub.after, b.to)
	sub.conn.PushBlock(b.Block, p)
}
