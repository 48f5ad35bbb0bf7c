package gateway

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/protocol"
)

// hose is a connection between a model of a shard, which gives it frames, alone
// and in blocks, in passes and without, and a client that stops reading now and
// then. Promise: at level full all of it comes, once and in the order given.
type hose struct {
	*client
	s *stubSession

	given  []string
	seq    uint64
	passes []*actors.Pass // not yet written

	gate   sync.Mutex // held while the client does not read
	paused bool
	got    []string // of the reader, until over
	over   chan error
}

func dialHose(t *testing.T, w *world) *hose {
	d := websocket.Dialer{Subprotocols: []string{"troupe.v1"}}
	ws, _, err := d.Dial("ws://"+w.addr+"/ws", nil)
	require.NoError(t, err)
	h := &hose{client: &client{t: t, ws: ws, codec: protocol.Binary}, s: w.session(), over: make(chan error, 1)}
	go func() {
		for {
			h.await()
			f, err := h.read()
			if err != nil {
				h.over <- err
				return
			}
			h.got = append(h.got, briefOne(f))
		}
	}()
	return h
}

// await returns when the client reads.
func (h *hose) await() {
	h.gate.Lock()
	defer h.gate.Unlock()
}

func (h *hose) frame(size int) *protocol.Frame {
	h.seq++
	h.given = append(h.given, fmt.Sprintf("m%d", h.seq))
	return messageFrame(protocol.ClassLive, 9, h.seq, size)
}

func (h *hose) pass() *actors.Pass {
	if len(h.passes) == 0 {
		h.passes = append(h.passes, &actors.Pass{})
	}
	return h.passes[len(h.passes)-1]
}

func (h *hose) pause(yes bool) {
	switch {
	case yes && !h.paused:
		h.gate.Lock()
	case !yes && h.paused:
		h.gate.Unlock()
	}
	h.paused = yes
}

// write writes one of the passes, as another goroutine would.
func (h *hose) write(i int) {
	p := h.passes[i]
	h.passes = slices.Delete(h.passes, i, i+1)
	writePass(p)
}

// rest writes everything that was left to passes.
func (h *hose) rest() {
	for len(h.passes) > 0 {
		h.write(0)
	}
}

// kept reports whether got is what a close may leave: a part that was on its
// way already, and of what waited what is wanted.
func (h *hose) kept(wanted func(string) bool) bool {
	for n := range len(h.given) + 1 {
		want := slices.Clone(h.given[:n])
		for _, g := range h.given[n:] {
			if wanted(g) {
				want = append(want, g)
			}
		}
		if slices.Equal(want, h.got) {
			return true
		}
	}
	return false
}

func TestConnBringsAllInOrder(t *testing.T) {
	w := newWorld(t, Config{
		SendBuffer: 8 << 10, QueueFrames: 1 << 16, QueueBytes: 1 << 30, CloseTimeout: patience,
	})
	rapid.Check(t, func(rt *rapid.T) {
		h := dialHose(t, w)
		size := rapid.SampledFrom([]int{1, 1, 300, 6000, 40000})
		rt.Repeat(map[string]func(*rapid.T){
			"block": func(rt *rapid.T) {
				var frames []*protocol.Frame
				for range rapid.IntRange(1, 5).Draw(rt, "frames") {
					frames = append(frames, h.frame(size.Draw(rt, "size")))
				}
				h.s.conn.PushBlock(protocol.NewBlock(frames), h.pass())
			},
			"frame": func(rt *rapid.T) { h.s.conn.PushIn(h.frame(size.Draw(rt, "size")), h.pass()) },
			"answer": func(*rapid.T) {
				h.seq++
				id := fmt.Sprintf("a%d", h.seq)
				h.given = append(h.given, "answer("+id+")")
				h.s.conn.Push(answerFrame(id))
			},
			"pass":  func(*rapid.T) { h.passes = append(h.passes, &actors.Pass{}) },
			"ping":  func(*rapid.T) { h.s.conn.(*conn).ping() },
			"pause": func(rt *rapid.T) { h.pause(rapid.Bool().Draw(rt, "yes")) },
			"write": func(rt *rapid.T) {
				if len(h.passes) > 0 {
					h.write(rapid.IntRange(0, len(h.passes)-1).Draw(rt, "which"))
				}
			},
		})
		h.end(rt, rapid.SampledFrom([]int{
			protocol.CloseGoingAway, protocol.CloseRefused, protocol.CloseReplaced, 0,
		}).Draw(rt, "code"))
	})
}

// end closes the connection, by the client with 0, and compares.
func (h *hose) end(rt *rapid.T, code int) {
	before := rapid.Bool().Draw(rt, "passes first")
	if before {
		h.rest()
	}
	if code == 0 {
		_ = h.ws.Close()
		take(h.t, h.s.closed)
	} else {
		h.s.conn.Close(code, "")
		require.False(rt, h.s.conn.Push(answerFrame("late")))
	}
	h.rest()
	h.pause(false)
	err := take(h.t, h.over)
	if code != 0 {
		var closed *websocket.CloseError
		require.ErrorAs(rt, err, &closed)
		require.Equal(rt, code, closed.Code)
		take(h.t, h.s.closed)
	}
	switch code {
	case protocol.CloseGoingAway:
		require.Equal(rt, h.given, h.got)
	case protocol.CloseRefused:
		require.True(rt, h.kept(func(g string) bool { return strings.HasPrefix(g, "answer") }), "%v of %v", h.got, h.given)
	default:
		require.True(rt, h.kept(func(string) bool { return false }), "%v of %v", h.got, h.given)
	}
	_ = h.ws.Close()
	c := h.s.conn.(*conn)
	require.Eventually(h.t, func() bool {
		c.out.mu.Lock()
		defer c.out.mu.Unlock()
		return c.out.over && !c.out.writing && c.out.lone.none() && !c.out.flying
	}, patience, time.Millisecond)
}
