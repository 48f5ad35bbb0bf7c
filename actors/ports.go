package actors

import (
	"net/netip"
	"time"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Conn is one client connection as the actors see it; package gateway
// implements it. All methods are safe for concurrent use and none blocks.
type Conn interface {
	// ID is unique in the process.
	ID() uint64
	Codec() protocol.Codec
	Remote() netip.Addr
	// Push queues a frame by its class. It reports false if the frame was
	// left out (level pull or closed); what was left out is fetched by attach.
	Push(f *protocol.Frame) bool
	// PushIn is Push in a pass, as PushBlock.
	PushIn(f *protocol.Frame, p *Pass) bool
	// PushBlock queues the frames of a block like Push, in order; if nothing
	// stands against it they go as one. If nothing was being written, the
	// connection is added to the pass, or starts a writer that the pass waits for.
	PushBlock(b *protocol.Block, p *Pass)
	// Room is the number of frames that fit before the queue is half full.
	Room() int
	// WhenRoom calls fn once, on another goroutine, when the queue has drained or
	// the connection is gone.
	WhenRoom(fn func())
	// Lagged tells the outbox that the connection's streams are detached; the
	// two frames replace what waits (spec 19.11). lagging is nil for a guest,
	// which goes on listening.
	Lagged(levelChanged, lagging *protocol.Frame)
	// SignedIn tells the edge that the connection has logged in, or watches as
	// a guest, so that the time limit for that no longer applies.
	SignedIn()
	// Close sends the waiting control frames, then the close frame, and closes.
	// Later calls do nothing.
	Close(code int, reason string)
}

// Identity is what a verified token says.
type Identity struct {
	User group.UserID
	// IssuedAt and ExpiresAt are zero if the token does not say.
	IssuedAt, ExpiresAt time.Time
	// AppAdmin: the deployment lists the user as app administrator.
	AppAdmin bool
}

// Authenticator turns a login into an identity. Errors are *protocol.Error
// with auth_failed or token_expired.
type Authenticator interface {
	Verify(appID string, user group.UserID, token string, now time.Time) (Identity, error)
	// AppAdmin reports whether the deployment lists the user as app administrator.
	AppAdmin(user group.UserID) bool
}

// Session is the actor behind one connection, as the gateway sees it.
type Session interface {
	// Request hands over a decoded request, in the order received. It never
	// blocks. Limits of the connection (rate, size) are the gateway's; the
	// limit of unanswered requests is the session's.
	Request(req *troupev1.Request)
	// Lagged says that the outbox entered level pull and threw away what waited
	// (spec 19.11). The session detaches the connection's streams and then
	// calls Conn.Lagged; until then numbered frames are refused. It never blocks
	// and may be called again.
	Lagged()
	// Closed says that the connection is gone. Called once, last.
	Closed()
}
