package main

import (
	"context"
	"sync"
)

// budget is a number of connections that excerpts share. One goroutine takes.
type budget struct {
	mu    sync.Mutex
	free  int
	freed chan struct{} // has a token after a give
}

func newBudget(n int) *budget { return &budget{free: n, freed: make(chan struct{}, 1)} }

// take waits until n are free.
func (b *budget) take(ctx context.Context, n int) error {
	for {
		b.mu.Lock()
		if b.free >= n {
			b.free -= n
			b.mu.Unlock()
			return nil
		}
		b.mu.Unlock()
		select {
		case <-b.freed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (b *budget) give(n int) {
	b.mu.Lock()
	b.free += n
	b.mu.Unlock()
	select {
	case b.freed <- struct{}{}:
	default:
	}
}
