//go:build linux

package swarm

import "sync/atomic"

// Heard counts the messages of a room that all listeners have.
type Heard struct {
	slots   []atomic.Uint64
	stirred chan struct{}
}

// Heard begins to count, on the loops below loops and with all peers. Receivers
// that publish themselves do not get all: they belong on another loop. A loop
// or peer without listeners must not be counted.
func (s *Swarm) Heard(r *Room, loops int) *Heard {
	h := &Heard{slots: make([]atomic.Uint64, loops+len(s.peers)), stirred: make(chan struct{}, 1)}
	for i, l := range s.loops[:loops] {
		l.ask(func() { l.view(r).done = func() { h.count(i, h.slots[i].Load()+1) } })
	}
	for i, p := range s.peers {
		go func() { // ends with the peer
			for n := uint64(0); ; h.count(loops+i, n) {
				var err error
				if n, err = p.Heard(r.ID, n); err != nil {
					return // who waits for the rest is told by the peer's end
				}
			}
		}()
	}
	return h
}

func (h *Heard) count(slot int, n uint64) {
	h.slots[slot].Store(n)
	select {
	case h.stirred <- struct{}{}:
	default:
	}
}

// ByAll is how many all have; sent if nobody listens.
func (h *Heard) ByAll(sent uint64) uint64 {
	for i := range h.slots {
		sent = min(sent, h.slots[i].Load())
	}
	return sent
}

// Stirred has a token after ByAll may have changed.
func (h *Heard) Stirred() <-chan struct{} { return h.stirred }
