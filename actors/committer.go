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

// committer gathers the appends of all groups into one transaction after the
// other: the sync of one batch is the time in which the next gathers. It is a
// goroutine of its own because it waits for the disk. Its queue is bounded by
// what groups may have in flight and sessions unanswered.
type committer struct {
	journal persistence.Journal
	log     *slog.Logger
	metrics *metrics
	limit   int

	mu      sync.Mutex
	queue   []*commit
	count   uint64 // commits ever queued
	working bool   // a batch is in hand
	closed  bool
	wake    chan struct{}
	stopped chan struct{}
}

// errStopping refuses appends after the committer was closed.
var errStopping = errors.New("server is stopping")

func newCommitter(j persistence.Journal, limit int, log *slog.Logger, m *metrics) *committer {
	c := &committer{
		journal: j, log: log, metrics: m, limit: limit,
		wake: make(chan struct{}, 1), stopped: make(chan struct{}),
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
	c.mu.Unlock()
	c.poke()
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
	<-c.stopped
}

func (c *committer) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *committer) run() {
	defer close(c.stopped)
	for range c.wake {
		for {
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
	start := time.Now()
	err := c.journal.Commit(context.Background(), appends)
	c.metrics.commit.Observe(time.Since(start).Seconds())
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
