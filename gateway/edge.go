package gateway

import (
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/internal/warm"
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
	warm    *warm.Pool // for what is done with a message that came in
	poller  *poller    // nil: connections wait in goroutines

	// open counts connections, from the handshake to the end of their goroutines;
	// idle is signalled when it falls to 0.
	open atomic.Int64
	idle chan struct{}
	ids  atomic.Uint64
}

// now is the time since start: it never decreases.
func (e *edge) now() time.Duration { return e.clock.Since(e.start) }

// moment is now, looked at once for all of a pass.
func (e *edge) moment(p *actors.Pass) time.Duration {
	if p == nil {
		return e.now()
	}
	if p.Stamp == 0 {
		p.Stamp = int64(e.now())
	}
	return time.Duration(p.Stamp)
}

func (e *edge) sweeper(id uint64) *sweeper { return e.sweeps[id%uint64(len(e.sweeps))] }

// leave gives back what a connection, or the attempt at one, has taken.
func (e *edge) leave(remote netip.Addr) {
	e.perAddr.leave(remote)
	e.done()
}

// done counts one connection less.
func (e *edge) done() {
	if e.open.Add(-1) == 0 {
		select {
		case e.idle <- struct{}{}:
		default:
		}
	}
}

// wait returns when there is no connection left.
func (e *edge) wait() {
	for e.open.Load() != 0 {
		<-e.idle
	}
}
