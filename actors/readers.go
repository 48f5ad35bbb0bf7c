package actors

import "sync"

// job is work that waits for storage and so may not run inside an actor.
type job interface{ run() }

// readers is a small pool of goroutines that read history and lists. Its
// queue is bounded by the unanswered requests and the streams of connections.
type readers struct {
	mu      sync.Mutex
	wake    *sync.Cond
	queue   []job
	closed  bool
	count   uint64 // jobs ever queued
	working int    // jobs in hand
	running sync.WaitGroup
}

func newReaders(n int) *readers {
	r := &readers{}
	r.wake = sync.NewCond(&r.mu)
	for range n {
		r.running.Go(r.work)
	}
	return r
}

func (r *readers) submit(j job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.queue = append(r.queue, j)
	r.count++
	r.wake.Signal()
}

func (r *readers) work() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		for len(r.queue) == 0 && !r.closed {
			r.wake.Wait()
		}
		if r.closed {
			return
		}
		j := r.queue[0]
		r.queue[0] = nil
		r.queue = r.queue[1:]
		r.working++
		r.mu.Unlock()
		j.run()
		r.mu.Lock()
		r.working--
	}
}

func (r *readers) close() {
	r.mu.Lock()
	r.closed = true
	r.queue = nil
	r.wake.Broadcast()
	r.mu.Unlock()
	r.running.Wait()
}

// jobFunc makes a job of a function.
type jobFunc func()

func (f jobFunc) run() { f() }
