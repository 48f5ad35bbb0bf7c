// Package gateway is the edge: HTTP, WebSocket, TLS, and the limits of
// connections (spec 18, 19.11, 19.12).
//
// It owns sockets and what waits for them. It must not know the rules of chat:
// it decodes requests and hands them to an actors.Session, and it implements
// actors.Conn, to which frames are pushed. Package cmd builds it; nobody else
// imports it. Tokens are verified by gateway/auth.
//
// A silent connection costs no goroutine: a poller waits for all of them and
// hands one over for each message (elsewhere than on Linux a goroutine waits).
// There is no writer while nothing waits: the push that finds none starts one,
// or leaves it to its pass, which writes many connections one after the other.
// A writer joins whole frames into one write and ends when nothing is left.
//
// The head of a handshake is read by the listener; what is no clean handshake
// goes to net/http.
//
//	poller ──► decode ──► Session.Request        Conn.Push ──► queue ──► writer ──► socket
//
// All writes go through the queue; the WebSocket library is never asked to
// write after the upgrade. What happens to a client that reads too slowly is
// decided by a pure state machine, the ladder. Heartbeats and all other periods
// are kept by a few sweepers for all connections together.
//
// State shared between goroutines is guarded by mutexes here, and not owned by
// actors: a push must not cost a mailbox.
package gateway
