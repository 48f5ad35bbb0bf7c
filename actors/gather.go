package actors

import (
	"time"

	"github.com/troupe-im/troupe/protocol"
)

// A large room is passed over in blocks. The shard goes round its listeners, a
// leg at a time, for as long as somebody lacks something: each leg is given all
// that it has not been given yet as one block, joined once, and the next leg
// begins when that is written. So a busy room pays one write per connection and
// lap, not per frame, the more is published the less each delivery costs, and a
// frame waits for one lap at most. A room that is not busy waits for nothing,
// and small rooms do not gather.

// gathered is one frame that some listeners have not been given.
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
	// counts with it. Up to parted, those excepted have been given theirs.
	first, parted uint64
	// at is the index of the listener that the next leg begins with; the lap
	// began with the frames up to lapEnd.
	at     int
	lapEnd uint64
	began  time.Time
	// blocks are those made up to the newest frame, by what they begin with.
	blocks []*block
	// pass is the leg under way; nil: none is.
	pass *Pass
	// turning: a lap begins when the shard has dealt with what has come by now.
	turning bool
	// timed: a timer will end the wait for more.
	timed bool
	// conns is room for the next pass to collect connections in.
	conns []PassConn
}

// end numbers the frame that will come next.
func (g *gathering) end() uint64 { return g.first + uint64(len(g.waiting)) }

// mostInLeg bounds the listeners of a leg: a part of a large room's, and enough
// that the way from one leg to the next does not count.
const mostInLeg = 256

const (
	// mostGathered and mostGatheredBytes bound a block. What is joined beyond
	// saves nothing, and must find room in the listeners' queues.
	mostGathered      = 64
	mostGatheredBytes = 16 << 10
)

// passed says that a leg is written, or that enough was gathered.
type passed struct {
	room *room
	pass *Pass
}

// broadcast brings one frame to all listeners of a room: at once, or with their
// next block.
func (s *shard) broadcast(r *room, f *protocol.Frame, except uint64) {
	if len(r.subs) < s.sys.cfg.GatherAbove {
		s.flush(r)
		r.first++
		r.parted = r.first
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
	r.blocks = nil
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
	m.room.turning = false
	s.goOn(m.room)
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

// flush gives everybody what is lacking, without regard to the leg under way.
func (s *shard) flush(r *room) {
	if len(r.waiting) > 0 {
		r.at = 0
		s.leg(r, len(r.subs))
	}
}

// passed goes on with the next leg.
func (s *shard) passed(m *passed) {
	r := m.room
	if r.pass != m.pass {
		return
	}
	if r.at == 0 && len(r.waiting) > 0 && s.waitForMore(r) {
		return
	}
	r.pass = nil
	clear(m.pass.conns)
	r.conns = m.pass.conns[:0]
	s.goOn(r)
}

// waitForMore lets a lap last the least time that is configured.
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

// goOn begins the next leg in which there is something to be written; none if
// nobody lacks anything.
func (s *shard) goOn(r *room) {
	for r.pass == nil && len(r.waiting) > 0 {
		s.leg(r, s.legs)
	}
}

// leg gives the next listeners all that they lack.
func (s *shard) leg(r *room, size int) {
	if r.at == 0 {
		r.lapEnd, r.began, r.timed = r.end(), s.sys.clock.Now(), false
	}
	pid, root, m := s.sys.delivery.shards[s.index], s.sys.root, &passed{room: r}
	p := newPass(r.conns, func() { root.Send(pid, m) }, s.sys.dispatcher.Pool)
	m.pass, r.conns, r.pass = p, nil, p
	to := min(r.at+size, len(r.subs))
	// Deferred, as the room and the connections collected outlive a failure: they
	// would wait for this leg for ever.
	defer func() { s.endLeg(r, to) }()
	for ; r.parted < r.end(); r.parted++ {
		s.apart(r, r.waiting[r.parted-r.first].except)
	}
	for i := min(r.at, to); i < to; i++ {
		s.giveBlock(r.subs[i], p)
	}
}

// endLeg writes what a leg has collected. The end of a lap forgets the frames
// with which it began: everybody has been given them.
func (s *shard) endLeg(r *room, to int) {
	r.at, r.parted = to, r.end()
	if to >= len(r.subs) {
		r.at = 0
		s.forget(r, int(r.lapEnd-r.first))
	}
	p := r.pass
	if len(p.conns) == 0 && p.left.Load() == 1 {
		r.pass, r.conns = nil, p.conns
		return
	}
	p.run()
}

// forget drops the oldest of what waits.
func (s *shard) forget(r *room, n int) {
	if n == 0 {
		return
	}
	for i := range n {
		r.bytes -= len(r.waiting[i].frame.Bytes(protocol.Binary))
	}
	rest := copy(r.waiting, r.waiting[n:])
	clear(r.waiting[rest:])
	r.waiting, r.first, r.blocks = r.waiting[:rest], r.first+uint64(n), nil
	if rest == 0 {
		s.sys.gathering.Add(-1)
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
