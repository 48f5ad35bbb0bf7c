package actors

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/troupe-im/troupe/persistence"
)

// commit is one append on its way to storage.
type commit struct {
	append persistence.Append
	// dead, if set and true, takes the commit back: its group was reloaded.
	dead *atomic.Bool
	// stored is called once, on the committer's goroutine; it must not block.
	stored func(*commit, error)
	// mark: nothing is stored; stored says that all before it has been dealt with.
	mark bool
}

// A transaction costs much by itself, and a fast disk would have one for every
// few appends. So while several come at a time the next one waits for more of
// them, but not for long.
const (
	// severalAppends in a batch show that there are more to come.
	severalAppends = 4
	// enoughAppends to share a transaction are not kept waiting.
	enoughAppends = 64
	// batchEvery is from the beginning of one batch to that of the next.
	batchEvery = 3 * time.Millisecond
)

// committer gathers the appends of all groups into one transaction after the
// other: the sync of one batch is the time in which the next gathers, and a
// short while at least if several come at a time. It is a goroutine of its own
// because it waits for the disk. Its queue is bounded by what groups may have
// in flight and sessions unanswered.
type committer struct {
	journal persistence.Journal
	log     *slog.Logger
	metrics *metrics
	limit   int
	every   time.Duration // see batchEvery; 0 = never wait

	// Owned by run: size and beginning of the last batch.
	size  int
	began time.Time

	mu      sync.Mutex
	queue   []*commit
	count   uint64 // commits ever queued
	working bool   // a batch is in hand
	closed  bool
	wake    chan struct{}
	stopped chan struct{}
	// enough ends the wait for more; it is sent to without waiting.
	enough chan struct{}
}

// errStopping refuses appends after the committer was closed.
var errStopping = errors.New("server is stopping")

func newCommitter(j persistence.Journal, limit int, every time.Duration, log *slog.Logger, m *metrics) *committer {
	c := &committer{
		journal: j, log: log, metrics: m, limit: limit, every: every,
		wake: make(chan struct{}, 1), stopped: make(chan struct{}), enough: make(chan struct{}, 1),
	}
	go c.run()
	return c
}

// submit queues a commit; it never blocks.
func (c *committer) submit(m *commit) {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		m.stored(m, errStopping)
		return
	}
	c.queue = append(c.queue, m)
	c.count++
	enough := len(c.queue) >= enoughAppends
	c.mu.Unlock()
	c.poke()
	if enough {
		c.hurry()
	}
}

// after calls fn, on the committer's goroutine, when everything submitted
// before has been stored or refused.
func (c *committer) after(fn func()) {
	c.submit(&commit{mark: true, stored: func(*commit, error) { fn() }})
}

// wait commits row ops and waits for them; for readers, never for actors.
func (c *committer) wait(rows []persistence.RowOp) ([][]persistence.Numbered, error) {
	return c.waitFor(persistence.Append{Rows: rows})
}

func (c *committer) waitFor(a persistence.Append) ([][]persistence.Numbered, error) {
	return c.begin(a)()
}

// begin submits an append; what it returns waits for it.
func (c *committer) begin(a persistence.Append) (wait func() ([][]persistence.Numbered, error)) {
	done := make(chan error, 1)
	m := &commit{append: a, stored: func(_ *commit, err error) { done <- err }}
	c.submit(m)
	return func() ([][]persistence.Numbered, error) {
		err := <-done
		return m.append.Numbers, err
	}
}

// close commits what is queued and ends.
func (c *committer) close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.poke()
	c.hurry()
	<-c.stopped
}

func (c *committer) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// hurry ends the wait for more.
func (c *committer) hurry() {
	select {
	case c.enough <- struct{}{}:
	default:
	}
}

// linger lets a busy queue grow until a while after the last batch began.
func (c *committer) linger() {
	if c.size < severalAppends {
		return
	}
	for rest := c.every - time.Since(c.began); rest > 0; rest = c.every - time.Since(c.began) {
		c.mu.Lock()
		enough := len(c.queue) >= enoughAppends || c.closed
		c.mu.Unlock()
		if enough {
			return
		}
		select {
		case <-time.After(rest):
			return
		case <-c.enough: // perhaps of a batch before
		}
	}
}

func (c *committer) run() {
	defer close(c.stopped)
	for range c.wake {
		for {
			c.linger()
			batch, closed := c.take()
			if len(batch) == 0 {
				if closed {
					return
				}
				break
			}
			c.commit(batch)
		}
	}
}

func (c *committer) take() (_ []*commit, closed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(len(c.queue), c.limit)
	c.working = n > 0
	batch := c.queue[:n:n]
	c.queue = c.queue[n:]
	if len(c.queue) == 0 {
		c.queue = nil
	}
	return batch, c.closed
}

func (c *committer) commit(batch []*commit) {
	appends := make([]*persistence.Append, 0, len(batch))
	alive := batch[:0]
	var marks []*commit
	defer func() {
		for _, m := range marks {
			m.stored(m, nil)
		}
	}()
	for _, m := range batch {
		if m.mark {
			marks = append(marks, m)
			continue
		}
		if m.dead != nil && m.dead.Load() {
			m.stored(m, persistence.ErrConflict)
			continue
		}
		alive = append(alive, m)
		appends = append(appends, &m.append)
	}
	if len(alive) == 0 {
		return
	}
	c.size, c.began = len(alive), time.Now()
	err := c.journal.Commit(context.Background(), appends)
	c.metrics.commit.Observe(time.Since(c.began).Seconds())
	c.metrics.batch.Observe(float64(len(alive)))
	if err != nil {
		c.metrics.commitFailures.Inc()
		c.log.Error("commit", slog.Any("err", err))
	}
	for _, m := range alive {
		if err != nil {
			m.stored(m, err)
		} else {
			m.stored(m, m.append.Err)
		}
	}
}
