package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/client"
	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/persistence/journaltest"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// drains is an orderly stop with the windows of the specification.
func drains(c *config.Config) { c.Drain = config.Default().Drain }

// word is what one of a crowd hears: an answer, or the end.
type word struct {
	of     *peer
	answer *troupev1.Answer
	end    error
}

// crowd are peers of whom nobody knows who is next to be sent away.
type crowd struct {
	w     *world
	left  []*peer
	words chan word
	ends  []sentAway
	done  chan error
}

// sentAway is a close that a peer of a crowd got.
type sentAway struct {
	of   *peer
	code int
	// after is since the drain began, back when the peer is to return.
	after, back time.Duration
}

// drain has n members of one group listen, and begins to stop the server.
func (w *world) drain(n int, before func(*crowd)) *crowd {
	w.t.Helper()
	c := &crowd{w: w, words: make(chan word, 16*n), done: make(chan error, 1)}
	owner := w.device("u0", "")
	names := make([]string, n)
	for i := range n {
		names[i] = fmt.Sprint("u", i)
	}
	w.known(names[1:]...)
	owner.create(troupev1.Kind_KIND_CUSTOM, "g", names[1:]...)
	c.left = append([]*peer{owner}, w.users(names[1:]...)...)
	for _, p := range c.left {
		p.take()
		go func() {
			for {
				f, err := p.conn.Recv(context.Background())
				if err != nil {
					c.words <- word{of: p, end: err}
					return
				}
				if a := f.GetAnswer(); a != nil {
					c.words <- word{of: p, answer: a}
				}
			}
		}()
	}
	before(c)
	require.NotNil(w.t, w.srv, "there is no server to stop")
	srv := w.srv
	require.Eventually(w.t, func() bool { return srv.Connections() == n }, patience, time.Millisecond, "others are gone")
	w.srv = nil
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		c.done <- srv.Stop(ctx)
	}()
	// The drain has begun when the server says so.
	require.Eventually(w.t, func() bool { return w.readiness() != http.StatusOK }, patience, time.Millisecond)
	return c
}

// readiness is the status of /readyz.
func (w *world) readiness() int {
	w.t.Helper()
	resp, err := http.Get(w.at("/readyz"))
	require.NoError(w.t, err)
	require.NoError(w.t, resp.Body.Close())
	return resp.StatusCode
}

// at is the URL of a path of the server.
func (w *world) at(path string) string {
	return "http" + strings.TrimSuffix(strings.TrimPrefix(w.url, "ws"), "/ws") + path
}

func (c *crowd) hear() word {
	c.w.t.Helper()
	select {
	case m := <-c.words:
		return m
	case <-time.After(patience):
		require.FailNow(c.w.t, "nobody heard anything")
		return word{}
	}
}

// ask sends everybody who is left the same operation and takes the answers.
func (c *crowd) ask(op func() proto.Message) {
	c.w.t.Helper()
	for _, p := range c.left {
		require.NoError(c.w.t, p.conn.Send(request(op())))
	}
	c.answered(c.left...)
}

// answered waits for an answer to each of the peers, while nobody is sent away.
func (c *crowd) answered(peers ...*peer) {
	c.w.t.Helper()
	missing := slices.Clone(peers)
	for len(missing) > 0 {
		m := c.hear()
		require.NoError(c.w.t, m.end, "%s was sent away too early", m.of.user)
		require.Zero(c.w.t, m.answer.GetCode(), "%v", m.answer)
		i := slices.Index(missing, m.of)
		require.GreaterOrEqual(c.w.t, i, 0, "%s got more than its answer", m.of.user)
		missing = slices.Delete(missing, i, i+1)
	}
}

// gone waits until one more is sent away. after is since the drain began.
func (c *crowd) gone(after time.Duration) {
	c.w.t.Helper()
	m := c.hear()
	require.Error(c.w.t, m.end, "%s got %v", m.of.user, m.answer)
	c.closed(m, after)
}

func (c *crowd) closed(m word, after time.Duration) {
	c.w.t.Helper()
	var closed *client.CloseError
	require.ErrorAs(c.w.t, m.end, &closed)
	ms, err := strconv.ParseInt(closed.Reason, 10, 64)
	require.NoError(c.w.t, err, "the reason is how long to wait")
	c.ends = append(c.ends, sentAway{of: m.of, code: closed.Code, after: after, back: after + time.Duration(ms)*time.Millisecond})
	c.left = slices.DeleteFunc(c.left, func(p *peer) bool { return p == m.of })
}

// await waits for something that is closed.
func await(t *testing.T, reached <-chan struct{}) {
	t.Helper()
	select {
	case <-reached:
	case <-time.After(patience):
		require.FailNow(t, "it does not come")
	}
}

// restart waits for the end of the server and starts it again.
func (c *crowd) restart() {
	c.w.t.Helper()
	select {
	case err := <-c.done:
		require.NoError(c.w.t, err)
	case <-time.After(patience):
		require.FailNow(c.w.t, "the server does not stop")
	}
	c.w.peers, c.w.cfg.Drain = nil, config.Drain{}
	c.w.boot()
}

func TestConnDrain(t *testing.T) {
	t.Parallel()
	const n, step = 20, 500 * time.Millisecond
	ping := func() proto.Message { return &troupev1.Ping{} }
	t.Run("X-082", func(t *testing.T) {
		w, j := newFaulty(t, drains)
		hold, reached := make(chan struct{}), make(chan struct{})
		c := w.drain(n, func(c *crowd) {
			// Everybody has a message in hand.
			j.Fail(1, journaltest.Fault{Hold: hold, Reached: reached})
			for _, p := range c.left {
				require.NoError(t, p.conn.Send(request(text("g", "in hand"))))
			}
			await(t, reached)
		})
		w.clock.Advance(5 * time.Second)
		c.ask(ping) // half of them are due, and nobody has gone
		close(hold)
		answers := map[*peer]int{}
		for len(c.ends) < n/2 || len(answers) < n {
			m := c.hear()
			if m.answer != nil {
				require.Zero(t, m.answer.GetCode())
				require.NotZero(t, m.answer.GetSendMessage().GetSeq())
				answers[m.of]++
				continue
			}
			require.Equal(t, 1, answers[m.of], "%s was sent away before its answer", m.of.user)
			c.closed(m, 5*time.Second)
		}
		for after := 5*time.Second + step; after <= 10*time.Second; after += step {
			c.ask(ping)
			c.ask(func() proto.Message { return text("g", "calls work until the close") })
			w.clock.Advance(step)
			c.gone(after)
		}
		require.Empty(t, c.left)
		evenly(t, c.ends, 10*time.Second, 40*time.Second)
		c.restart()
		require.Equal(t, upTo(1, 1+n+(n/2)*(n/2+1)/2), w.device("u3", "").seqsRead("g"), "what was answered is stored")
	})
	t.Run("answers that do not come", func(t *testing.T) {
		w, j := newFaulty(t, drains)
		hold, reached := make(chan struct{}), make(chan struct{})
		c := w.drain(n, func(c *crowd) {
			j.Fail(1, journaltest.Fault{Hold: hold, Reached: reached})
			for _, p := range c.left {
				require.NoError(t, p.conn.Send(request(text("g", "in hand"))))
			}
			await(t, reached)
		})
		defer close(hold)
		for after := step; after <= 15*time.Second; after += step {
			c.ask(ping)
			w.clock.Advance(step)
			if after > 5*time.Second {
				c.gone(after)
			}
		}
		require.Empty(t, c.left, "each 5 s after its turn")
		for _, e := range c.ends {
			require.GreaterOrEqual(t, e.back, max(e.after, 10*time.Second))
			require.Less(t, e.back, 45*time.Second)
		}
	})
	t.Run("X-083", func(t *testing.T) {
		w := newWorld(t, drains)
		var late *peer
		c := w.drain(n, func(*crowd) {
			require.Equal(t, http.StatusOK, w.readiness())
			late = w.login("late", "")
			late.cut()
		})
		for after := step; after <= 10*time.Second; after += step {
			resp, err := http.Get(w.at("/readyz"))
			require.NoError(t, err)
			var body struct{ Status, Reason string }
			require.NoError(t, json.NewDecoder(resp.Body).Decode(&body))
			require.NoError(t, resp.Body.Close())
			require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
			require.Equal(t, "not_ready", body.Status)
			require.Equal(t, "draining", body.Reason)

			_, err = client.DialConn(t.Context(), w.url, client.ConnOptions{})
			var refused *client.HandshakeError
			require.True(t, errors.As(err, &refused), "%v", err)
			require.Equal(t, http.StatusServiceUnavailable, refused.Status)
			over := 10*time.Second - (after - step)
			require.GreaterOrEqual(t, refused.RetryAfter, over, "not before the server has stopped")
			require.LessOrEqual(t, refused.RetryAfter, over+31*time.Second)
			c.ask(ping) // who is in stays in
			w.clock.Advance(step)
			c.gone(after)
		}
		c.restart()
		require.Equal(t, http.StatusOK, w.readiness())
		w.login("late", "").ok(&troupev1.Ping{})
	})
}

// evenly asserts that the returns fill the time from one moment to the other.
func evenly(t *testing.T, ends []sentAway, from, to time.Duration) {
	t.Helper()
	slices.SortFunc(ends, func(a, b sentAway) int { return int(a.back - b.back) })
	part := (to - from) / time.Duration(len(ends))
	for i, e := range ends {
		require.Equal(t, 1001, e.code)
		// A reason is cut to whole milliseconds.
		require.InDelta(t, float64(from+part*time.Duration(i)+part/2), float64(e.back), float64(part/2+time.Millisecond), "%d of %d", i, len(ends))
	}
}
