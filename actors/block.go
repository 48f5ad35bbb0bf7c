package actors

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
)

// block is what a leg is given, with what decides who may have it as a whole.
type block struct {
	*protocol.Block
	// first is the number of its first frame among the room's.
	first uint64
	// from and to are its numbers, all of them brought or named; 0, 0: it has
	// none.
	from, to group.Seq
	// parted: not to be given as a whole.
	parted      bool
	discardable bool
}

// mostBlocks bounds the blocks of one end. Listeners lack the same but for those
// who came, or were given something apart, meanwhile.
const mostBlocks = 8

// block is all from a frame on; nil if there are too many already.
func (s *shard) block(r *room, first uint64) *block {
	for _, b := range r.blocks {
		if b.first == first {
			return b
		}
	}
	if len(r.blocks) == mostBlocks {
		return nil
	}
	waiting := r.waiting[first-r.first:]
	s.sys.metrics.gathered.Observe(float64(len(waiting)))
	b := newBlock(waiting, first)
	r.blocks = append(r.blocks, b)
	return b
}

func newBlock(waiting []gathered, number uint64) *block {
	b := &block{first: number}
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

// giveBlock gives a listener all that it lacks as a block, or frame by frame
// what of it it is to have.
func (s *shard) giveBlock(sub *subscription, p *Pass) {
	r := sub.room
	sub.behind()
	if sub.next == r.end() {
		return
	}
	b := s.block(r, sub.next)
	whole := b != nil && sub.catch == nil && !b.parted &&
		(b.from == 0 || sub.after+1 == b.from) && !(sub.discard && b.discardable)
	if !whole {
		s.settle(sub)
		return
	}
	sub.next = r.end()
	sub.after = max(sub.after, b.to)
	sub.conn.PushBlock(b.Block, p)
}
