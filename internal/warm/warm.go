// Package warm runs functions on goroutines whose stacks have grown already.
//
// A goroutine begins with 2 KB of stack, and each doubling copies it. What
// handles one message needs 8 KB and is over in microseconds, so with a
// goroutine each the growing costs as much as the work. It owns those
// goroutines and nothing else, imports nothing of ours, and is for actors and
// gateway.
package warm

import (
	"runtime"
	"sync/atomic"
)

// Pool keeps goroutines that have nothing to do for the next function. It never
// lets a function wait: if none is idle it starts one more.
type Pool struct {
	jobs chan func()
	most int32
	idle atomic.Int32
	over atomic.Bool
}

// New makes a pool that keeps up to most idle goroutines, at least 1.
func New(most int) *Pool { return &Pool{jobs: make(chan func()), most: int32(max(most, 1))} }

// Go runs fn on another goroutine. After Close it does so all the same.
func (p *Pool) Go(fn func()) {
	select {
	case p.jobs <- fn:
	default:
		go p.work(fn)
	}
}

// work runs functions as long as there is use for one more idle goroutine.
func (p *Pool) work(fn func()) {
	for fn != nil {
		fn()
		if p.idle.Add(1) > p.most || p.over.Load() {
			p.idle.Add(-1)
			return
		}
		fn = <-p.jobs
		p.idle.Add(-1)
	}
}

// Close ends the idle goroutines, and the busy ones when they are done.
func (p *Pool) Close() {
	p.over.Store(true)
	for p.idle.Load() > 0 {
		select {
		case p.jobs <- nil:
		default:
			runtime.Gosched()
		}
	}
}
