package replay

import (
	"fmt"
	"sync"
	"time"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Transcript is what a stream must consist of, number by number: a group, or
// the inbox of a user. The driver writes, receivers read.
type Transcript struct {
	mu     sync.RWMutex
	events []event
}

type event struct {
	hash Hash
	// sender does not get it: the answer stands for it. Empty in tips.
	sender string
	at     time.Time
}

// Expect adds what the next request is to cause and returns its number. It is
// called before the request is sent: frames may be faster than the answer.
func (t *Transcript) Expect(hash Hash, sender string) uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events = append(t.events, event{hash, sender, time.Now()})
	return uint64(len(t.events))
}

// Refused takes the last expectation back.
func (t *Transcript) Refused() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events = t.events[:len(t.events)-1]
}

// Last is the newest number.
func (t *Transcript) Last() uint64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return uint64(len(t.events))
}

func (t *Transcript) at(seq uint64) (event, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if seq < 1 || seq > uint64(len(t.events)) {
		return event{}, false
	}
	return t.events[seq-1], true
}

// expected counts what a user must get of first to last.
func (t *Transcript) expected(user string, first, last uint64) (n uint64) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	for seq := first; seq <= last && seq <= uint64(len(t.events)); seq++ {
		if t.events[seq-1].sender != user {
			n++
		}
	}
	return n
}

// Tally counts deliveries. Only the first two may be other than zero.
type Tally struct {
	Expected uint64 `json:"expected"`
	Received uint64 `json:"received"`
	// Lost never came.
	Lost uint64 `json:"lost"`
	// Doubled came once more.
	Doubled uint64 `json:"doubled"`
	// Changed came with another content.
	Changed uint64 `json:"changed"`
	// Disordered came after a later one.
	Disordered uint64 `json:"disordered"`
	// Foreign was not meant for the receiver.
	Foreign uint64 `json:"foreign"`
}

// Add adds another tally.
func (t *Tally) Add(o Tally) {
	t.Expected += o.Expected
	t.Received += o.Received
	t.Lost += o.Lost
	t.Doubled += o.Doubled
	t.Changed += o.Changed
	t.Disordered += o.Disordered
	t.Foreign += o.Foreign
}

// Err says what is wrong, nil if nothing is. That nothing was expected is
// wrong too.
func (t *Tally) Err() error {
	switch {
	case t.Expected == 0:
		return fmt.Errorf("no delivery was expected: nothing was tested")
	case t.Lost+t.Doubled+t.Changed+t.Disordered+t.Foreign > 0:
		return fmt.Errorf("deliveries: %d lost, %d doubled, %d changed, %d out of order, %d not meant for the receiver",
			t.Lost, t.Doubled, t.Changed, t.Disordered, t.Foreign)
	case t.Received != t.Expected:
		return fmt.Errorf("%d deliveries expected, %d received", t.Expected, t.Received)
	}
	return nil
}

// cursor follows one stream for one receiver.
type cursor struct {
	stream *Transcript
	user   string
	first  uint64
	next   uint64 // every lower number came or is missing
	// missing were jumped over and may yet come.
	missing map[uint64]bool
	// last is the end for this receiver once it is known.
	last  uint64
	ended bool
	tally Tally
}

func newCursor(stream *Transcript, user string, first uint64) cursor {
	return cursor{stream: stream, user: user, first: first, next: first, missing: map[uint64]bool{}}
}

// take judges one frame and returns when what it tells was asked for; zero if
// it is none of the receiver's.
func (c *cursor) take(seq uint64, hash Hash) time.Time {
	e, known := c.stream.at(seq)
	if !known || seq < c.first || c.ended && seq > c.last {
		c.tally.Foreign++
		return time.Time{}
	}
	switch {
	case e.sender != "" && e.sender == c.user:
		c.tally.Foreign++ // its answer stood for it
		return time.Time{}
	case c.missing[seq]:
		delete(c.missing, seq)
		c.tally.Disordered++
	case seq < c.next:
		c.tally.Doubled++
		return time.Time{}
	default:
		c.jump(seq)
		c.next = seq + 1
	}
	c.tally.Received++
	if hash != e.hash {
		c.tally.Changed++
	}
	return e.at
}

// jump notes what lies between the last number and this one.
func (c *cursor) jump(seq uint64) {
	for ; c.next < seq; c.next++ {
		if e, _ := c.stream.at(c.next); e.sender == "" || e.sender != c.user {
			c.missing[c.next] = true
		}
	}
}

// through reports whether everything up to the end came.
func (c *cursor) through() bool {
	if !c.ended || len(c.missing) > 0 {
		return false
	}
	for seq := c.next; seq <= c.last; seq++ {
		if e, ok := c.stream.at(seq); !ok || e.sender == "" || e.sender != c.user {
			return false
		}
	}
	return true
}

// finish closes the account: what has not come by now is lost.
func (c *cursor) finish() Tally {
	t := c.tally
	t.Expected = c.stream.expected(c.user, c.first, c.last)
	t.Lost = uint64(len(c.missing))
	if c.next <= c.last {
		t.Lost += c.stream.expected(c.user, c.next, c.last)
	}
	return t
}

// Receiver is one connection as the model sees it, from its join to its leave:
// the frames of one group and of its user's inbox.
type Receiver struct {
	group string

	mu    sync.Mutex // the reader takes, the driver asks
	room  cursor
	inbox cursor
	extra Tally
	done  chan struct{}
}

// NewReceiver makes a receiver that hears the group from the number first on,
// and the inbox of its user from the number firstInbox on.
func NewReceiver(group, user string, room *Transcript, first uint64, inbox *Transcript, firstInbox uint64) *Receiver {
	return &Receiver{
		group: group, done: make(chan struct{}),
		room: newCursor(room, user, first), inbox: newCursor(inbox, user, firstInbox),
	}
}

// Take judges an event of the connection. It returns when what a message or
// tip tells was asked for; zero for anything else.
func (r *Receiver) Take(e *troupev1.Event) time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	var at time.Time
	switch {
	case e.GetMessage() != nil:
		m := e.GetMessage()
		if m.GetConversation().GetId() != r.group {
			r.extra.Foreign++
			return at
		}
		at = r.room.take(m.GetSeq(), hashFrame(m))
	case e.GetSystemNotice() != nil:
		n := e.GetSystemNotice()
		r.inbox.take(n.GetSeq(), hashNotice(n.GetNoticeType(), n.GetGroupId(), n.GetOperatorId()))
	default:
		return at // states and hints carry no promise to be judged here
	}
	r.check()
	return at
}

// End says that both streams end for this receiver with their newest numbers;
// Done is closed when everything up to there has come. Later calls do nothing.
func (r *Receiver) End() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range []*cursor{&r.room, &r.inbox} {
		if !c.ended {
			c.last, c.ended = c.stream.Last(), true
		}
	}
	r.check()
}

// GoOn takes End back: the user stays.
func (r *Receiver) GoOn() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.room.ended, r.inbox.ended = false, false
}

func (r *Receiver) check() {
	if r.room.through() && r.inbox.through() {
		select {
		case <-r.done:
		default:
			close(r.done)
		}
	}
}

// Done is closed when everything that is due has come.
func (r *Receiver) Done() <-chan struct{} { return r.done }

// Finish closes the account. It is called after End.
func (r *Receiver) Finish() Tally {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.extra
	t.Add(r.room.finish())
	t.Add(r.inbox.finish())
	return t
}
