package gateway

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/troupe-im/troupe/protocol"
)

// drainStep is the precision of the drain. It polls in real time, so that what
// happens on connections is seen though the injected clock stands still.
const drainStep = 20 * time.Millisecond

// Shutdown stops in order (spec 19.12): new connections are refused, the
// present ones are closed evenly over DrainWindow, each after its requests in
// hand are answered, then the listeners are closed. If ctx ends first, all
// that is left is closed at once and the context's error is returned. Further
// calls do nothing.
func (s *Server) Shutdown(ctx context.Context) (err error) {
	s.stop.Do(func() { err = s.shutdown(ctx) })
	return err
}

func (s *Server) shutdown(ctx context.Context) error {
	start := s.edge.now()
	s.drainEnd.Store(int64(start + s.edge.cfg.DrainWindow))
	s.draining.Store(true)
	conns := s.all()
	s.deps.Logger.Info("gateway drains", "connections", len(conns))
	err := s.drain(ctx, conns, start)
	for _, c := range s.all() {
		c.Close(protocol.CloseGoingAway, s.drainReason())
	}
	if herr := s.http.Shutdown(ctx); herr != nil {
		_ = s.http.Close()
		if err == nil {
			err = fmt.Errorf("gateway: close listeners: %w", herr)
		}
	}
	s.edge.wait()
	if s.edge.poller != nil {
		s.edge.poller.close()
	}
	s.edge.warm.Close()
	close(s.done)
	s.sweeps.Wait()
	s.deps.Logger.Info("gateway stopped")
	return err
}

// all is every connection; from now on no more are taken in.
func (s *Server) all() []*conn {
	var conns []*conn
	for _, sw := range s.edge.sweeps {
		conns = append(conns, sw.all(true)...)
	}
	rand.Shuffle(len(conns), func(i, j int) { conns[i], conns[j] = conns[j], conns[i] })
	return conns
}

// leaving is a connection whose turn has come.
type leaving struct {
	conn *conn
	// until: answers in hand are awaited no longer.
	until time.Duration
	// back is when the client shall return, since the edge's start.
	back time.Duration
}

// drain closes the connections one by one.
func (s *Server) drain(ctx context.Context, conns []*conn, start time.Duration) error {
	cfg := &s.edge.cfg
	ticker := time.NewTicker(drainStep)
	defer ticker.Stop()
	returns := rand.Perm(len(conns))
	var wait []leaving
	for next := 0; next < len(conns) || len(wait) > 0; {
		now := s.edge.now()
		due := turn(now-start, cfg.DrainWindow, len(conns))
		for ; next < due; next++ {
			back := spread(returns[next], len(conns), cfg.ReturnWindow)
			until := start + moment(next+1, len(conns), cfg.DrainWindow) + cfg.AnswerWait
			wait = append(wait, leaving{conns[next], until, start + cfg.DrainWindow + back})
		}
		wait = s.release(wait, now)
		if next == len(conns) && len(wait) == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("gateway: drain: %w", ctx.Err())
		case <-ticker.C:
		}
	}
	return nil
}

// release closes those of the leaving that have their answers, or had time
// enough, and returns the others.
func (s *Server) release(wait []leaving, now time.Duration) []leaving {
	kept := wait[:0]
	for _, l := range wait {
		if l.conn.pending.Load() > 0 && now < l.until && !l.conn.ending() {
			kept = append(kept, l)
			continue
		}
		l.conn.Close(protocol.CloseGoingAway, milliseconds(l.back+s.overdue(now)-now))
	}
	return kept
}

// overdue is by how much answers in hand have prolonged the drain: returns
// begin when it is over, not when it was to be.
func (s *Server) overdue(now time.Duration) time.Duration {
	return max(now-time.Duration(s.drainEnd.Load()), 0)
}

// turn is how many of n connections are due so far into the window.
func turn(since, window time.Duration, n int) int {
	if since >= window {
		return n
	}
	return min(n, int(float64(n)*float64(since+drainStep)/float64(window)))
}

// moment is when in the window the i-th of n connections is due.
func moment(i, n int, window time.Duration) time.Duration {
	return time.Duration(float64(window) * float64(i) / float64(n))
}

// spread draws a moment in the i-th of n equal parts of the window.
func spread(i, n int, window time.Duration) time.Duration {
	part := float64(window) / float64(n)
	return time.Duration(part * (float64(i) + rand.Float64()))
}

// drainReason draws the waiting time of a client that is not in the list.
func (s *Server) drainReason() string {
	return milliseconds(s.untilReturn())
}

// untilReturn draws how long from now a client is to stay away.
func (s *Server) untilReturn() time.Duration {
	now := s.edge.now()
	return max(time.Duration(s.drainEnd.Load())-now, 0) + spread(0, 1, s.edge.cfg.ReturnWindow)
}

// retryAfter is the seconds after which a refused handshake may be repeated.
func (s *Server) retryAfter() int {
	const usual = 5
	if !s.draining.Load() {
		return usual
	}
	// Rounded up: not before the end.
	return max(int((s.untilReturn()+time.Second-1)/time.Second), 1)
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(max(d.Milliseconds(), 0), 10) }
