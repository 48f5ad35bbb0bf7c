package actors

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/persistence/journaltest"
	"github.com/troupe-im/troupe/persistence/memory"
)

// batching is a committer over a journal whose commits can be held.
type batching struct {
	*committer
	journal *journaltest.Faulty
	stored  chan error
}

func newBatching(t *testing.T, every time.Duration) *batching {
	b := &batching{journal: journaltest.NewFaulty(memory.New()), stored: make(chan error, 1000)}
	b.committer = newCommitter(b.journal, 1000, every, slog.New(slog.DiscardHandler), newMetrics(nil))
	return b
}

// queue submits so many appends.
func (b *batching) queue(n int) {
	for range n {
		b.submit(&commit{stored: func(_ *commit, err error) { b.stored <- err }})
	}
}

// done waits until so many are stored.
func (b *batching) done(t *testing.T, n int) {
	t.Helper()
	for range n {
		require.NoError(t, <-b.stored)
	}
}

// together has so many appends stored in one batch.
func (b *batching) together(t *testing.T, n int) {
	t.Helper()
	hold, reached := make(chan struct{}), make(chan struct{})
	b.journal.Fail(1, journaltest.Fault{Hold: hold, Reached: reached})
	b.queue(1)
	<-reached
	b.queue(n)
	close(hold)
	b.done(t, n+1)
	require.Equal(t, 2, b.journal.Commits())
}

func TestABusyCommitterWaitsForMore(t *testing.T) {
	b := newBatching(t, time.Hour)
	b.together(t, severalAppends)
	for range enoughAppends {
		b.queue(1)
	}
	b.done(t, enoughAppends)
	require.Equal(t, 3, b.journal.Commits(), "one batch, as soon as there are enough")

	b.queue(3)
	b.close()
	b.done(t, 3)
	require.Equal(t, 4, b.journal.Commits(), "the end is not kept waiting")
}

func TestFewAppendsAreNotKeptWaiting(t *testing.T) {
	b := newBatching(t, time.Hour)
	b.together(t, severalAppends-1)
	b.queue(1)
	b.done(t, 1)
	b.close()
}
