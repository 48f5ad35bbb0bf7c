package client

import (
	"sync"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Event is one thing a client is told: by the server, or (Gap, Lost) by the
// client itself about what the server could not tell.
type Event struct {
	// Event is what the server said; nil with Gap and Lost.
	Event *troupev1.Event
	// Group is the group whose stream it belongs to; empty = the inbox, or none.
	Group string
	// Seq is its number in the group, or in the inbox; 0 = not numbered.
	Seq uint64
	// Skipped names what a slow connection was spared before it (spec 19.9).
	Skipped *troupev1.Skipped
	// Gap: numbers that were not and will not be sent; what is wanted of them is
	// read from the history or the notices (spec 18.3). Reset: all numbers kept
	// are void.
	Gap *troupev1.Gap
	// Lost: the stream could not be attached again; left_seq says up to where the
	// history can be read.
	Lost *troupev1.StreamState
}

// queue holds the events that wait for the consumer. Only the reader adds.
type queue struct {
	soft, hard int

	mu     sync.Mutex
	events []Event
	// filled has a token when events is not empty, drained when the reader waits
	// and there may be room.
	filled, drained chan struct{}
}

// hardFactor bounds how far the queue may overflow while requests are
// unanswered: their answers come behind events on the same connection.
const hardFactor = 64

func newQueue(size int) *queue {
	return &queue{
		soft: size, hard: size * hardFactor,
		filled: make(chan struct{}, 1), drained: make(chan struct{}, 1),
	}
}

// push adds an event.
func (q *queue) push(e Event) {
	q.mu.Lock()
	q.events = append(q.events, e)
	q.mu.Unlock()
	signal(q.filled)
}

// full reports whether the reader must wait. waiting: somebody waits for an
// answer that may come behind the events.
func (q *queue) full(waiting bool) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := len(q.events)
	return n >= q.hard || n >= q.soft && !waiting
}

// pop takes the oldest event.
func (q *queue) pop() (Event, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.events) == 0 {
		return Event{}, false
	}
	e := q.events[0]
	q.events[0] = Event{}
	q.events = q.events[1:]
	if len(q.events) == 0 {
		q.events = nil
	}
	signal(q.drained)
	return e, true
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
