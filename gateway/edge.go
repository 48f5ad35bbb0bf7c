package gateway

import (
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/troupe-im/troupe/actors"
)

// Opener opens the actor behind a new connection. It must not block.
type Opener interface {
	Open(conn actors.Conn) actors.Session
}

// edge is what all connections share; fixed after construction.
type edge struct {
	cfg     Config
	clock   clockwork.Clock
	start   time.Time
	log     *slog.Logger
	metrics *metrics
	queue   queueRules
	rate    rateRule
	perAddr addresses
	sweeps  []*sweeper

	// open counts connections, those still closing included.
	open atomic.Int64
	ids  atomic.Uint64
}

// now is the time since start: it never decreases.
func (e *edge) now() time.Duration { return e.clock.Since(e.start) }

func (e *edge) sweeper(id uint64) *sweeper { return e.sweeps[id%uint64(len(e.sweeps))] }

// leave gives back what a connection, or the attempt at one, has taken.
func (e *edge) leave(remote netip.Addr) {
	e.perAddr.leave(remote)
	e.open.Add(-1)
}
