//go:build linux

package floor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/websocket"

	"github.com/troupe-im/troupe/bench/internal/load"
	"github.com/troupe-im/troupe/bench/internal/swarm"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// pong is the one frame that the bare server answers with: length, then an
// answer with code 0.
var pong = []byte{4, 0x0a, 2, 0x10, 0}

// ServeUpgrades is the bare server: net/http and gorilla upgrade, read one
// frame, write one, and keep the connection. It tells where it listens and ends
// when in does.
func ServeUpgrades(in io.Reader, out io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	up := websocket.Upgrader{Subprotocols: []string{protocol.Binary.String()}}
	srv := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := up.Upgrade(w, r, nil)
		if err != nil {
			return // it has answered
		}
		defer func() { _ = c.Close() }()
		for {
			if _, _, err := c.ReadMessage(); err != nil {
				return
			}
			if err := c.WriteMessage(websocket.BinaryMessage, pong); err != nil {
				return
			}
		}
	})}
	if _, err := fmt.Fprintln(out, l.Addr()); err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	_, err = io.Copy(io.Discard, in)
	_ = srv.Close()
	if e := <-served; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return err
}

// RunUpgrades opens n connections to the bare server, so many at once.
func RunUpgrades(ctx context.Context, p *Process, n, atOnce, sources, loops int) (*Outcome, error) {
	addr, err := p.line()
	if err != nil {
		return nil, err
	}
	s, err := swarm.New(swarm.Options{URL: "ws://" + addr + "/", Codec: protocol.Binary, Sources: sources, Loops: loops})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	conns := make([]*swarm.Conn, n)
	for i := range conns {
		conns[i] = s.Conn(i, strconv.Itoa(i), func(_ *swarm.Conn, step int, _ func() *troupev1.Answer) *troupev1.Request {
			if step == 0 {
				return &troupev1.Request{Op: &troupev1.Request_Ping{Ping: &troupev1.Ping{}}}
			}
			return nil
		})
	}
	cpu, err := load.CPUOf(p.PID)
	if err != nil {
		return nil, err
	}
	own, began := load.OwnCPU(), time.Now()
	if err := s.Open(ctx, conns, swarm.Pace{AtOnce: atOnce}); err != nil {
		return nil, err
	}
	after, err := load.CPUOf(p.PID)
	return &Outcome{Deliveries: uint64(n), Seconds: time.Since(began).Seconds(), CPU: after - cpu, Reader: load.OwnCPU() - own}, err
}
