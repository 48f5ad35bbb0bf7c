package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/troupe-im/troupe/persistence"
)

// Stop stops in order: connections are drained (spec 19.12), what was accepted
// is decided and stored, the journal is closed. If ctx ends first, the rest is
// cut short and an error returned. What failed meanwhile, storage above all, and
// was not taken from Failed is returned too. Later calls, also after Kill, do
// nothing.
func (s *Server) Stop(ctx context.Context) (err error) {
	s.stop.Do(func() {
		var errs []error
		if e := s.gateway.Shutdown(ctx); e != nil {
			errs = append(errs, fmt.Errorf("drain: %w", e))
		}
		if e := s.system.Stop(ctx); e != nil {
			errs = append(errs, fmt.Errorf("stop actors: %w", e))
		}
		errs = append(errs, s.closeAdmin(), s.closing())
		s.serving.Wait()
		select {
		case e := <-s.failed:
			errs = append(errs, e)
		default:
		}
		err = errors.Join(errs...)
	})
	return err
}

// Kill stops as a crash does, as far as one process can: from the first moment
// nothing more is stored, connections break without a word, nothing in hand is
// answered. What it leaves in the journal is what a crash leaves. Without
// Options.Killable clients get a close frame.
func (s *Server) Kill() {
	s.stop.Do(func() {
		s.journal.off.Store(true)
		if s.conns != nil {
			s.conns.abort()
		}
		over, cancel := context.WithCancel(context.Background())
		cancel()
		_ = s.gateway.Shutdown(over)
		_ = s.system.Stop(over)
		_ = s.closeAdmin()
		_ = s.closing()
		s.serving.Wait()
	})
}

func (s *Server) closeAdmin() error {
	if s.admin == nil {
		return nil
	}
	if err := s.admin.Close(); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// abandon takes back a start that did not succeed.
func (s *Server) abandon() error {
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if s.gateway != nil {
		_ = s.gateway.Shutdown(over)
	}
	if s.system != nil && s.system.Ready() == nil {
		_ = s.system.Stop(over)
	}
	return s.closing()
}

// switched is a journal that Kill turns off.
type switched struct {
	persistence.Journal
	off atomic.Bool
}

// Commit implements persistence.Journal.
func (j *switched) Commit(ctx context.Context, batch []*persistence.Append) error {
	if j.off.Load() {
		return persistence.ErrClosed
	}
	return j.Journal.Commit(ctx, batch)
}

// tracked is a listener that remembers its connections, so that Kill can break
// them. A lock, because connections come and go on many goroutines.
type tracked struct {
	net.Listener
	mu    sync.Mutex
	conns map[*trackedConn]struct{} // guarded by mu; nil after abort
}

func track(l net.Listener) *tracked {
	return &tracked{Listener: l, conns: map[*trackedConn]struct{}{}}
}

// Accept implements net.Listener.
func (t *tracked) Accept() (net.Conn, error) {
	c, err := t.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tc := &trackedConn{Conn: c, of: t}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.conns == nil {
		_ = c.Close()
		return nil, net.ErrClosed
	}
	t.conns[tc] = struct{}{}
	return tc, nil
}

func (t *tracked) abort() {
	_ = t.Close()
	t.mu.Lock()
	conns := t.conns
	t.conns = nil
	t.mu.Unlock()
	for c := range conns {
		_ = c.Conn.Close()
	}
}

type trackedConn struct {
	net.Conn
	of *tracked
}

// Close implements net.Conn.
func (c *trackedConn) Close() error {
	c.of.mu.Lock()
	delete(c.of.conns, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}
