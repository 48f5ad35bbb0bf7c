package journaltest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/journaltest"
	"github.com/troupe-im/troupe/persistence/memory"
)

func next(j persistence.Journal) *persistence.Append {
	a := &persistence.Append{Stream: 1}
	_ = j.View(func(tx persistence.Tx) error {
		a.After = tx.Head(1).Position
		return nil
	})
	a.Entries = []persistence.Entry{{Position: a.After + 1, Data: []byte("x")}}
	return a
}

func position(j persistence.Journal) (p group.Position) {
	_ = j.View(func(tx persistence.Tx) error {
		p = tx.Head(1).Position
		return nil
	})
	return p
}

func TestFaultyFailsAsPlanned(t *testing.T) {
	f := journaltest.NewFaulty(memory.New())
	commit := func() error { return f.Commit(t.Context(), []*persistence.Append{next(f)}) }
	lost := errors.New("answer lost")
	f.Fail(2, journaltest.Fault{Err: persistence.ErrFull})
	f.Fail(3, journaltest.Fault{Err: lost, Stored: true})
	require.NoError(t, commit())
	require.ErrorIs(t, commit(), persistence.ErrFull)
	require.Equal(t, group.Position(1), position(f))
	require.ErrorIs(t, commit(), lost)
	require.Equal(t, group.Position(2), position(f), "stored nevertheless")
	require.NoError(t, commit())

	f.FailAll(journaltest.Fault{Err: persistence.ErrUnknown})
	require.ErrorIs(t, commit(), persistence.ErrUnknown)
	require.ErrorIs(t, commit(), persistence.ErrUnknown)
	f.Heal()
	require.NoError(t, commit())
	require.Equal(t, 7, f.Commits())
}

func TestFaultyHolds(t *testing.T) {
	f := journaltest.NewFaulty(memory.New())
	hold, reached, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	f.Fail(1, journaltest.Fault{Hold: hold, Reached: reached})
	go func() { done <- f.Commit(t.Context(), []*persistence.Append{next(f)}) }()
	<-reached
	require.Zero(t, position(f))
	close(hold)
	require.NoError(t, <-done)
	require.Equal(t, group.Position(1), position(f))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f.Fail(1, journaltest.Fault{Hold: make(chan struct{})})
	require.ErrorIs(t, f.Commit(ctx, nil), context.Canceled)
}
