//go:build linux

package swarm

import (
	"fmt"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Script gives the requests of a connection one by one: step counts from 0,
// answer is that to the request before (nil at step 0). Nil ends it: the
// connection is ready. It runs on the connection's loop.
type Script func(c *Conn, step int, answer func() *troupev1.Answer) *troupev1.Request

// Listen is the script of a connection that says nothing.
func Listen(*Conn, int, func() *troupev1.Answer) *troupev1.Request { return nil }

// Conn is one connection. What is not said to be guarded is owned by its loop.
type Conn struct {
	// User is fixed.
	User string
	// Script is what it says when it is open; fixed while it is open.
	Script Script
	// Together: the script's requests go out in one message, without waiting for
	// answers; its steps are given none.
	Together bool
	// OnEvent is called for what is no message; may be nil.
	OnEvent func(c *Conn, e *troupev1.Event)
	// OnAnswer is called for answers after the script; may be nil.
	OnAnswer func(c *Conn, a *troupev1.Answer)
	// Newcomer: it comes while others are watched, so the latencies of its
	// deliveries are noted apart from theirs.
	Newcomer bool
	// SmallBuffer has the kernel keep little of what it does not read.
	SmallBuffer bool
	// OnEnd is called when the connection ended though nobody here closed it:
	// the close code, 0 without one. If nil, the end is a fault.
	OnEnd func(c *Conn, code int)

	l     *loop
	rooms []*Room // fixed when it is opened
	seats []seat  // in the order of rooms

	state connState
	step  int
	asked []string // the script's requests that wait for their answers
	dials int
	began int64 // when it was to be opened
	ended int64 // when it ended, if it comes back
	// returning: it ended and came back, or does.
	returning bool
	// ticket is the one for the next login; empty = none. resuming: one was sent
	// and not answered.
	ticket   string
	resuming bool
	batch    *batch
	carry    []byte // of a frame that is not complete
	stalled  bool   // nothing is read
	// What it comes back with when it ends; nil = it does not.
	back       *batch
	backScript Script

	// wmu guards what writers share: publishers write from their goroutine.
	wmu sync.Mutex
	fd  int // -1 = closed
	out []byte
}

type connState uint8

const (
	stateClosed connState = iota
	stateConnecting
	stateUpgrading
	stateScript
	stateReady
)

// Ready reports whether the script is through. For the loop only.
func (c *Conn) Ready() bool { return c.state == stateReady }

// Loop is the number of its loop.
func (c *Conn) Loop() int { return c.l.number }

// sendRaw writes an encoded request as one message. Any goroutine may call it.
func (c *Conn) sendRaw(message []byte) error {
	op := byte(opBinary)
	if c.l.s.o.Codec == protocol.JSON {
		op = opText
	}
	return c.write(appendClientFrame(make([]byte, 0, len(message)+16), op, message))
}

// write writes now as much as the socket takes, the rest when it takes more.
func (c *Conn) write(b []byte) error {
	c.wmu.Lock()
	defer c.wmu.Unlock()
	if c.fd < 0 {
		return fmt.Errorf("%s: write to a closed connection", c.User)
	}
	if len(c.out) > 0 {
		c.out = append(c.out, b...)
		return nil
	}
	n, err := unix.Write(c.fd, b)
	if err != nil && err != unix.EAGAIN {
		return fmt.Errorf("%s: write: %w", c.User, err)
	}
	if n = max(n, 0); n < len(b) {
		c.out = append(c.out, b[n:]...)
		return c.l.watch(unix.EPOLL_CTL_MOD, c.fd, unix.EPOLLIN|unix.EPOLLOUT)
	}
	return nil
}

// flush goes on with what write left.
func (c *Conn) flush() error {
	c.wmu.Lock()
	defer c.wmu.Unlock()
	if c.fd < 0 {
		return nil
	}
	n, err := unix.Write(c.fd, c.out)
	if err != nil && err != unix.EAGAIN {
		return err
	}
	c.out = append(c.out[:0], c.out[max(n, 0):]...)
	if len(c.out) == 0 {
		c.out = nil
		return c.l.watch(unix.EPOLL_CTL_MOD, c.fd, unix.EPOLLIN)
	}
	return nil
}

// next sends the script's next request, or all that are left, or ends it.
func (c *Conn) next(answer func() *troupev1.Answer) error {
	var message []byte
	for {
		req := c.Script(c, c.step, answer)
		if req == nil {
			break
		}
		c.step++
		if req.RequestId == "" {
			req.RequestId = c.l.s.requestID()
		}
		c.asked = append(c.asked, req.RequestId)
		if len(message) > 0 && c.l.s.o.Codec == protocol.JSON {
			message = append(message, '\n')
		}
		message = append(message, protocol.EncodeRequest(c.l.s.o.Codec, req)...)
		if !c.Together {
			break
		}
	}
	if message == nil {
		c.state = stateReady
		c.batch.finish(c, nil)
		return nil
	}
	return c.sendRaw(message)
}

// begin begins a script. On the loop.
func (c *Conn) begin() error {
	c.state, c.step, c.asked = stateScript, 0, c.asked[:0]
	return c.next(nil)
}

// awaits takes an answer off what the script waits for. Bare servers answer
// without a name.
func (c *Conn) awaits(requestID []byte) bool {
	i := slices.IndexFunc(c.asked, func(id string) bool { return len(requestID) == 0 || id == string(requestID) })
	if i < 0 {
		return false
	}
	c.asked = slices.Delete(c.asked, i, i+1)
	return true
}

// Login is the request that logs the connection's user in.
func (c *Conn) Login() *troupev1.Request {
	o := &c.l.s.o
	return &troupev1.Request{Op: &troupev1.Request_Login{Login: &troupev1.Login{
		AppId: o.AppID, UserId: c.User, Token: o.Tokens(c.User), DeviceId: "bench",
	}}}
}

// Sit gives the connection a place in a room. Call it before the connection is
// opened.
func (c *Conn) Sit(r *Room) { c.rooms = append(c.rooms, r) }

// sit does it, on the loop.
func (c *Conn) sit() {
	for _, r := range c.rooms[len(c.seats):] {
		v := c.l.view(r)
		v.seats++
		if len(c.seats) == 0 {
			c.l.members = append(c.l.members, c)
		}
		c.seats = append(c.seats, seat{view: v, newcomer: c.Newcomer})
	}
}

// SitNow is Sit for a connection that is open. On its loop.
func (c *Conn) SitNow(r *Room) {
	c.Sit(r)
	c.sit()
}

// seatOf finds the seat in a group.
func (c *Conn) seatOf(group []byte) *seat {
	for i := range c.seats {
		if c.seats[i].view.room.ID == string(group) {
			return &c.seats[i]
		}
	}
	return nil
}

func (s *Swarm) requestID() string { return s.o.Run + "." + strconv.FormatUint(s.requests.Add(1), 36) }
