package warm_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/troupe-im/troupe/internal/warm"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestNothingWaits: functions that block do not keep others from running.
func TestNothingWaits(t *testing.T) {
	p := warm.New(2)
	defer p.Close()
	hold := make(chan struct{})
	var all sync.WaitGroup
	for range 50 {
		all.Add(1)
		p.Go(func() {
			defer all.Done()
			<-hold
		})
	}
	p.Go(func() { close(hold) })
	all.Wait()
}

func TestEachRunsOnce(t *testing.T) {
	p := warm.New(4)
	defer p.Close()
	var ran atomic.Int64
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			var own sync.WaitGroup
			for range 5000 {
				own.Add(1)
				p.Go(func() {
					defer own.Done()
					ran.Add(1)
				})
			}
			own.Wait()
		})
	}
	all.Wait()
	require.EqualValues(t, 20_000, ran.Load())
}

// TestAfterClose: what comes late still runs, and no goroutine stays.
func TestAfterClose(t *testing.T) {
	p := warm.New(4)
	done := make(chan struct{})
	p.Go(func() { close(done) })
	<-done
	p.Close()
	late := make(chan struct{})
	p.Go(func() { close(late) })
	<-late
}

// deep needs some kilobytes of stack.
//
//go:noinline
func deep(n int) int {
	var room [512]byte
	if n == 0 {
		return int(room[0])
	}
	return deep(n-1) + int(room[n])
}

// BenchmarkGo compares the pool with a goroutine each.
func BenchmarkGo(b *testing.B) {
	run := func(b *testing.B, start func(func())) {
		done := make(chan struct{})
		fn := func() {
			deep(10)
			done <- struct{}{}
		}
		for b.Loop() {
			start(fn)
			<-done
		}
	}
	b.Run("fresh", func(b *testing.B) { run(b, func(fn func()) { go fn() }) })
	b.Run("warm", func(b *testing.B) {
		p := warm.New(4)
		defer p.Close()
		run(b, p.Go)
	})
}
