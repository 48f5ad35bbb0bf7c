//go:build linux

package floor

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/troupe-im/troupe/bench/internal/crew"
	"github.com/troupe-im/troupe/bench/internal/load"
	"github.com/troupe-im/troupe/bench/internal/report"
	"github.com/troupe-im/troupe/bench/internal/swarm"
	"github.com/troupe-im/troupe/protocol"
)

// Process is the floor's program, running.
type Process struct {
	PID int
	In  io.WriteCloser
	Out *bufio.Reader
}

// Outcome is what the floor came to.
type Outcome struct {
	Messages, Deliveries uint64
	Seconds              float64
	// CPU is the writing process's, Reader that of the reading one.
	CPU, Reader time.Duration
	Latency     *report.Recorder
}

// line reads one of the program's lines.
func (p *Process) line() (string, error) {
	text, err := p.Out.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("the floor's program: %w", err)
	}
	return strings.TrimSpace(text), nil
}

// Run reads what a floor's program writes, and judges it, in all processes of a
// crew. o says how; where to and the codec are the floor's.
func Run(ctx context.Context, p *Process, l Load, c *crew.Crew, o crew.Options) (*Outcome, error) {
	addr, err := p.line()
	if err != nil {
		return nil, err
	}
	o.URL, o.Codec, o.Bare = "ws://"+addr+"/", protocol.Binary, true
	s, err := c.Swarm(o)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	room := s.Room(Room, false)
	s.Publisher(s.Conn(0, User, nil), room, 0) // whose frames they are
	crowd, err := c.Crowd(crew.Alike{Prefix: User, Room: Room, N: l.Sockets, Does: crew.Listens}, 0)
	if err != nil {
		return nil, err
	}
	if err := crowd.Open(ctx, swarm.Pace{AtOnce: 512}, nil); err != nil {
		return nil, err
	}
	if _, err := p.line(); err != nil { // ready
		return nil, err
	}
	out := &Outcome{Latency: report.NewRecorder()}
	if err := errors.Join(s.Begin(room, 1), s.Record(out.Latency)); err != nil {
		return nil, err
	}
	return out, out.measure(ctx, p, s, c, l)
}

// patience is how long a frame may be awaited after the last one. Where readers
// share the cores with much else, all of them may stand still for a while.
const patience = 20 * time.Second

// come waits until so many messages have come, at most as long as patience after
// the last progress, and gives what came.
func come(ctx context.Context, want uint64, tally func() swarm.Tally) swarm.Tally {
	t := tally()
	for last, since := t.Messages, time.Now(); t.Messages < want && time.Since(since) < patience; t = tally() {
		if t.Messages != last {
			last, since = t.Messages, time.Now()
		}
		select {
		case <-ctx.Done():
			return t
		case <-time.After(5 * time.Millisecond):
		}
	}
	return t
}

func (o *Outcome) measure(ctx context.Context, p *Process, s *swarm.Swarm, c *crew.Crew, l Load) error {
	cpu, err := load.CPUOf(p.PID)
	if err != nil {
		return err
	}
	own, began := c.CPU(), time.Now()
	if _, err := p.In.Write([]byte{'\n'}); err != nil {
		return fmt.Errorf("the floor's program: %w", err)
	}
	text, err := p.line()
	if err != nil {
		return err
	}
	if o.Messages, err = strconv.ParseUint(text, 10, 64); err != nil {
		return fmt.Errorf("the floor's program: %w", err)
	}
	want := o.Messages * uint64(l.Sockets)
	t := come(ctx, want, s.Tally)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	after, err := load.CPUOf(p.PID)
	if err != nil {
		return err
	}
	o.Seconds, o.CPU, o.Reader, o.Deliveries = time.Since(began).Seconds(), after-cpu, c.CPU()-own, t.Messages
	if t.Messages != want || t.Lost+t.Doubled+t.Changed+t.Reordered > 0 || want == 0 {
		return errors.Join(fmt.Errorf("the floor wrote %d frames, %d came: %+v", want, t.Messages, t), s.FaultText())
	}
	return nil
}
