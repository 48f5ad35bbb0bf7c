//go:build linux

package crew

import (
	"github.com/troupe-im/troupe/bench/internal/report"
	"github.com/troupe-im/troupe/bench/internal/swarm"
)

// A hand is a peer of the swarm here.
var _ swarm.Peer = (*hand)(nil)

// Status implements swarm.Peer.
func (h *hand) Status() swarm.Status {
	var st swarm.Status
	err := h.call("Status", Nothing{}, &st)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		h.status = st
	}
	return h.status
}

// Begin implements swarm.Peer.
func (h *hand) Begin(room string, seq uint64) error {
	return h.call("Begin", Numbered{room, seq}, &Nothing{})
}

// Record implements swarm.Peer.
func (h *hand) Record(newcomers bool) (func() *report.Latencies, error) {
	var number int
	if err := h.call("Record", newcomers, &number); err != nil {
		return nil, err
	}
	return func() *report.Latencies {
		var l Timed
		if h.call("Since", number, &l) != nil {
			return nil // whoever asks for the verdict is told
		}
		return l.Latencies
	}, nil
}

// Named implements swarm.Peer.
func (h *hand) Named(room string) (named map[uint64]uint64, err error) {
	err = h.call("Named", room, &named)
	return named, err
}

// Heard implements swarm.Peer.
func (h *hand) Heard(room string, above uint64) (n uint64, err error) {
	err = h.wait("Heard", Numbered{room, above}, &n)
	return n, err
}

// Due implements swarm.Peer.
func (h *hand) Due(ends map[string]uint64) (n int, err error) {
	err = h.call("Due", ends, &n)
	return n, err
}

// Part implements swarm.Peer.
func (h *hand) Part(ends map[string]uint64) (*swarm.Part, error) {
	p := &swarm.Part{}
	return p, h.call("Part", ends, p)
}
