package journaltest

import (
	"context"
	"sync"

	"github.com/troupe-im/troupe/persistence"
)

// Fault is what happens to one commit.
type Fault struct {
	// Err is returned by Commit; nil = the commit's own result.
	Err error
	// Stored: the batch is stored nevertheless, as when an answer is lost.
	Stored bool
	// Hold, if not nil, is received from before anything is done: the test
	// decides when the commit goes on. Close it or send to it.
	Hold <-chan struct{}
	// Reached, if not nil, is closed when the commit gets there.
	Reached chan<- struct{}
}

// Faulty is a journal whose commits fail as planned.
type Faulty struct {
	persistence.Journal

	// mu guards the plan; commits come from the committer, plans from tests.
	mu      sync.Mutex
	commits int
	plan    map[int]Fault
	always  *Fault
}

// NewFaulty wraps a journal; until a fault is planned it changes nothing.
func NewFaulty(j persistence.Journal) *Faulty {
	return &Faulty{Journal: j, plan: map[int]Fault{}}
}

// Fail plans a fault for the n-th commit from now on; 1 = the next.
func (f *Faulty) Fail(n int, fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plan[f.commits+n] = fault
}

// FailAll lets every commit without a fault of its own fail so, until Heal.
func (f *Faulty) FailAll(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.always = &fault
}

// Heal ends FailAll and forgets all plans.
func (f *Faulty) Heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.always = nil
	clear(f.plan)
}

// Commits is the number of commits begun so far.
func (f *Faulty) Commits() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.commits
}

func (f *Faulty) next() (Fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.commits++
	if fault, ok := f.plan[f.commits]; ok {
		delete(f.plan, f.commits)
		return fault, true
	}
	if f.always != nil {
		return *f.always, true
	}
	return Fault{}, false
}

// Commit implements persistence.Journal.
func (f *Faulty) Commit(ctx context.Context, batch []*persistence.Append) error {
	fault, planned := f.next()
	if !planned {
		return f.Journal.Commit(ctx, batch)
	}
	if fault.Reached != nil {
		close(fault.Reached)
	}
	if fault.Hold != nil {
		select {
		case <-fault.Hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if fault.Err == nil {
		return f.Journal.Commit(ctx, batch)
	}
	if fault.Stored {
		if err := f.Journal.Commit(ctx, batch); err != nil {
			return err
		}
	}
	return fault.Err
}
