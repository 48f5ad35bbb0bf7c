package gateway

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
)

// TestManyHands pushes, asks, lags and closes from many goroutines at once; the
// race detector judges. The client must see its numbers in order.
func TestManyHands(t *testing.T) {
	w := newWorld(t, Config{QueueFrames: 16})
	for round := range 20 {
		c, s := w.dial(protocol.Binary)
		var wg sync.WaitGroup
		wg.Go(func() {
			for seq := uint64(1); seq <= 300; seq++ {
				s.conn.Push(numbered(seq))
			}
		})
		wg.Go(func() {
			for seq := uint64(101); seq <= 200; seq += 2 {
				p := &actors.Pass{}
				s.conn.PushBlock(protocol.NewBlock([]*protocol.Frame{live(seq), live(seq + 1)}), p)
				writePass(p)
			}
		})
		wg.Go(func() {
			for range 50 {
				s.conn.Push(answerFrame("a"))
				s.conn.Room()
			}
		})
		wg.Go(func() {
			for seq := uint64(1); seq <= 100; seq++ {
				s.conn.Push(live(seq))
			}
		})
		wg.Go(func() {
			for range 20 {
				done := make(chan struct{})
				s.conn.WhenRoom(func() { close(done) })
				<-done
			}
		})
		over := make(chan struct{})
		var lags sync.WaitGroup
		lags.Go(func() {
			for {
				select {
				case <-s.lagged:
					s.conn.Lagged(nil, protocol.Lagging(true, []group.ID{"g"}))
				case <-over:
					return
				}
			}
		})
		wg.Go(func() {
			var last uint64
			for {
				f, err := c.read()
				if err != nil {
					return
				}
				m := f.GetEvent().GetMessage()
				if m.GetConversation().GetId() == "stream" {
					if m.GetSeq() <= last {
						t.Errorf("%d after %d", m.GetSeq(), last)
					}
					last = m.GetSeq()
					if round%2 == 0 && last > 100 {
						s.conn.Close(protocol.CloseRefused, "")
					}
				}
				if f.GetAnswer().GetRequestId() == "end" {
					_ = c.ws.Close()
				}
			}
		})
		wg.Go(func() {
			<-s.closed
		})
		go func() {
			for s.conn.Push(answerFrame("end")) {
				select {
				case <-s.closed:
					return
				default:
				}
			}
			s.conn.Close(protocol.CloseRefused, "")
		}()
		wg.Wait()
		close(over)
		lags.Wait()
		require.False(t, s.conn.Push(numbered(1)))
	}
}
