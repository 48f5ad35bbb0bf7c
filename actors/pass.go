package actors

import "sync/atomic"

// Pass is one block's way to the listeners of a room. It is over when every
// writer that had nothing else to do has taken the block. Whoever has something
// waiting already, a slow reader above all, does not hold it up.
//
// It is shared memory and not a message because every writer counts in it.
type Pass struct {
	left atomic.Int32
	over func()
}

// newPass makes a pass that the caller holds open until it calls Taken.
func newPass(over func()) *Pass {
	p := &Pass{over: over}
	p.left.Store(1)
	return p
}

// Wait says that one more writer is to take the block. It must come before the
// writer can call Taken. A nil pass counts nothing.
func (p *Pass) Wait() {
	if p != nil {
		p.left.Add(1)
	}
}

// Taken says that a writer has taken the block, or never will. The last one
// ends the pass.
func (p *Pass) Taken() {
	if p != nil && p.left.Add(-1) == 0 {
		p.over()
	}
}
