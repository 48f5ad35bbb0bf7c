//go:build linux

package crew

import (
	"context"
	"fmt"
	"io"
	"net/rpc"
	"sync"
	"time"

	"github.com/troupe-im/troupe/bench/internal/load"
	"github.com/troupe-im/troupe/bench/internal/report"
	"github.com/troupe-im/troupe/bench/internal/swarm"
)

// Serve is what a hand does until in ends.
func Serve(ctx context.Context, in io.Reader, out io.WriteCloser) error {
	if _, _, err := load.Descriptors(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h := &Handler{ctx: ctx}
	s := rpc.NewServer()
	if err := s.RegisterName(service, h); err != nil {
		return err
	}
	s.ServeConn(struct {
		io.Reader
		io.WriteCloser
	}{&input{in, cancel}, out}) // waits for the calls under way
	h.close()
	return nil
}

// input says when it is over, which ends the calls that wait.
type input struct {
	io.Reader
	over func()
}

// Read implements io.Reader.
func (i *input) Read(b []byte) (int, error) {
	n, err := i.Reader.Read(b)
	if err != nil {
		i.over()
	}
	return n, err
}

// service is the name by which the calls go.
const service = "Hand"

// Handler has a method for each call to a hand. It is exported for net/rpc, which
// calls nothing else. Calls may run side by side, but for those that set up,
// which come one by one before the others: Swarm, Crowd, Sit.
type Handler struct {
	ctx     context.Context // ends with the input
	swarm   *swarm.Swarm
	loops   int
	heard   *swarm.Heard // of the first crowd
	sitters *sitters

	mu      sync.Mutex
	crowds  []here             // guarded by mu
	records []*report.Recorder // guarded by mu
}

// here is a crowd's part in this process.
type here struct {
	conns []*swarm.Conn
	loops int // that it is spread over
}

func (h *Handler) close() {
	if h.swarm != nil {
		h.swarm.Close()
	}
	if h.sitters != nil {
		h.sitters.close()
	}
}

// Swarm makes the process's swarm.
func (h *Handler) Swarm(o Options, _ *Nothing) (err error) {
	h.loops = o.Loops
	h.swarm, err = swarm.New(o.swarm())
	return err
}

// Crowd makes connections that are not open yet, and tells their number.
func (h *Handler) Crowd(a CrowdArgs, number *int) error {
	h.swarm.Senders(a.Senders)
	c := here{conns: a.conns(h.swarm, h.loops, a.From, a.To), loops: min(h.loops, a.To-a.From)}
	h.mu.Lock()
	defer h.mu.Unlock()
	*number = len(h.crowds)
	h.crowds = append(h.crowds, c)
	return nil
}

func (h *Handler) crowd(number int) here {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.crowds[number]
}

// Open opens a crowd's connections.
func (h *Handler) Open(a OpenArgs, took *Timed) error {
	p := swarm.Pace{AtOnce: a.AtOnce, PerSecond: a.PerSecond}
	var times *report.Recorder
	if a.Timed {
		times = report.NewRecorder()
		p.Took = Note(times, h.loops)
	}
	if err := h.swarm.Open(h.ctx, h.crowd(a.Crowd).conns, p); err != nil {
		return err
	}
	if times != nil {
		took.Latencies = times.Since()
	}
	return nil
}

// HangUp closes a crowd's connections.
func (h *Handler) HangUp(crowd int, _ *Nothing) error {
	h.swarm.HangUp(h.crowd(crowd).conns)
	return nil
}

// Status is the swarm's.
func (h *Handler) Status(_ Nothing, st *swarm.Status) error {
	if h.swarm != nil {
		*st = h.swarm.Status()
	}
	return nil
}

// Begin is the swarm's.
func (h *Handler) Begin(a Numbered, _ *Nothing) error {
	r, err := h.room(a.Room)
	if err != nil {
		return err
	}
	return h.swarm.Begin(r, a.Seq)
}

func (h *Handler) room(id string) (*swarm.Room, error) {
	if r := h.swarm.RoomOf(id); r != nil {
		return r, nil
	}
	return nil, fmt.Errorf("there is no room %s", id)
}

// Record has latencies noted in a new recorder, of newcomers or of all others,
// and tells its number.
func (h *Handler) Record(newcomers bool, number *int) error {
	r := report.NewRecorder()
	h.mu.Lock()
	*number = len(h.records)
	h.records = append(h.records, r)
	h.mu.Unlock()
	if newcomers {
		return h.swarm.RecordNewcomers(r)
	}
	return h.swarm.Record(r)
}

// Since is what a recorder noted since it was asked before.
func (h *Handler) Since(number int, l *Timed) error {
	h.mu.Lock()
	r := h.records[number]
	h.mu.Unlock()
	l.Latencies = r.Since()
	return nil
}

// Named is the swarm's.
func (h *Handler) Named(room string, named *map[uint64]uint64) error {
	r, err := h.room(room)
	if err == nil {
		*named = h.swarm.NamedHere(r)
	}
	return err
}

// Heard begins to count when it is first asked, and waits for more than before.
func (h *Handler) Heard(a Numbered, n *uint64) error {
	if h.heard == nil {
		r, err := h.room(a.Room)
		if err != nil {
			return err
		}
		h.heard = h.swarm.Heard(r, h.crowd(0).loops)
	}
	for *n = h.heard.ByAll(everything); *n <= a.Seq; *n = h.heard.ByAll(everything) {
		select {
		case <-h.heard.Stirred():
		case <-h.ctx.Done():
			return h.ctx.Err()
		}
	}
	// One answer for all that comes at about the same time.
	time.Sleep(heardEvery)
	*n = h.heard.ByAll(everything)
	return nil
}

// everything is more than can be heard: who has no listeners hears all.
const everything = 1 << 62

// heardEvery spares both processes' threads a wake for each message.
const heardEvery = 200 * time.Microsecond

// Due is the swarm's.
func (h *Handler) Due(ends map[string]uint64, n *int) error {
	*n = h.swarm.Due(ends)
	return nil
}

// Sit connects the process's part of the sessions that are silent.
func (h *Handler) Sit(a SitArgs, _ *Nothing) (err error) {
	h.sitters, err = sit(h.ctx, a)
	return err
}

// Gather makes the groups whose first members are here.
func (h *Handler) Gather(size int, _ *Nothing) error { return h.sitters.gather(h.ctx, size) }

// Seated fails if a session has ended.
func (h *Handler) Seated(_ Nothing, _ *Nothing) error { return h.sitters.err() }

// Part is the swarm's.
func (h *Handler) Part(ends map[string]uint64, p *swarm.Part) error {
	*p = *h.swarm.Part(ends)
	return nil
}
