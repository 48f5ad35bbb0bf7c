package actors

import (
	"sync/atomic"

	"github.com/troupe-im/troupe/internal/warm"
)

// Pass is one block's way to the listeners of a room. Connections that have
// nothing else to write are collected while the shard goes over the room, and
// then written one after the other. The pass is over when each of them has
// taken the block. Whoever has something waiting already, a slow reader above
// all, does not hold it up.
//
// The shard collects; then the pass belongs to its goroutine. It is shared
// memory and not a message because every writer counts in it.
type Pass struct {
	// Stamp is the moment by the connections' clock, for them to use; 0: nobody
	// has looked yet. Owned by the shard.
	Stamp int64

	conns []PassConn
	left  atomic.Int32
	over  func()
	pool  *warm.Pool
}

// PassConn is a connection that can be written in a pass.
type PassConn interface {
	// WritePass writes all of conns, which are of one kind, without waiting for
	// any of them; it runs on a goroutine of its own.
	WritePass(conns []PassConn, p *Pass)
}

// Conns are those that were collected.
func (p *Pass) Conns() []PassConn { return p.conns }

// newPass makes a pass that the caller holds open until it calls run.
func newPass(conns []PassConn, over func(), pool *warm.Pool) *Pass {
	p := &Pass{conns: conns[:0], over: over, pool: pool}
	p.left.Store(1)
	return p
}

// Add collects a connection that is to be written.
func (p *Pass) Add(c PassConn) { p.conns = append(p.conns, c) }

// Wait says that a goroutine is to write one connection by itself. It must come
// before that calls Taken.
func (p *Pass) Wait() { p.left.Add(1) }

// Taken says that a goroutine that was waited for has taken the block, or never
// will. The last one ends the pass.
func (p *Pass) Taken() {
	if p.left.Add(-1) == 0 {
		p.over()
	}
}

// run writes what was collected.
func (p *Pass) run() {
	if len(p.conns) == 0 {
		p.Taken()
		return
	}
	p.pool.Go(p.write)
}

func (p *Pass) write() {
	p.conns[0].WritePass(p.conns, p)
	p.Taken()
}
