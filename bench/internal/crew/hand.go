//go:build linux

package crew

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/rpc"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/troupe-im/troupe/bench/internal/load"
	"github.com/troupe-im/troupe/bench/internal/swarm"
)

// Command is the subcommand of a program that calls Serve.
const Command = "hand"

// hand is another process.
type hand struct {
	// Fixed.
	number int
	ctx    context.Context // ends with the run
	cmd    *exec.Cmd
	in     *os.File
	calls  *rpc.Client
	words  *tail
	ended  chan struct{}

	mu       sync.Mutex
	stopping bool
	err      error        // how it ended; set before ended is closed
	status   swarm.Status // what it told last
}

// start starts process number n, which counts from 1. lost is called if it ends
// though nobody stopped it.
func start(ctx context.Context, n int, lost func(error)) (*hand, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	theirIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, theirIn.Close(), in.Close())
	}
	h := &hand{number: n, ctx: ctx, in: in, words: &tail{}, ended: make(chan struct{}), cmd: exec.Command(self, Command)}
	h.cmd.Stdin, h.cmd.Stdout, h.cmd.Stderr = theirIn, theirOut, h.words
	// An interrupt at the terminal is for the first process; the end of its
	// input ends this one.
	h.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = h.cmd.Start()
	_, _ = theirIn.Close(), theirOut.Close()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start client process %d: %w", n, err), in.Close(), out.Close())
	}
	h.calls = rpc.NewClient(struct {
		io.Reader
		io.WriteCloser
	}{out, in})
	go h.watch(out, lost) // ends with the process
	return h, nil
}

// watch waits for the process.
func (h *hand) watch(out io.Closer, lost func(error)) {
	err := h.cmd.Wait()
	_ = out.Close()
	h.mu.Lock()
	switch {
	case h.stopping && err == nil:
	case err != nil:
		h.err = fmt.Errorf("client process %d (pid %d) ended: %w%s", h.number, h.cmd.Process.Pid, err, h.words)
	default:
		h.err = fmt.Errorf("client process %d (pid %d) ended before the run%s", h.number, h.cmd.Process.Pid, h.words)
	}
	err = h.err
	h.mu.Unlock()
	close(h.ended)
	if err != nil {
		lost(err)
	}
}

// endsWithin is how long a process may take to end when its input has.
const endsWithin = 10 * time.Second

// stop ends the process and says how that went.
func (h *hand) stop() error {
	h.mu.Lock()
	h.stopping = true
	h.mu.Unlock()
	_ = h.calls.Close()
	select {
	case <-h.ended:
	case <-time.After(endsWithin):
		_ = h.cmd.Process.Kill()
		<-h.ended
	}
	return h.err
}

// call has the process do something that takes no time to speak of.
func (h *hand) call(method string, args, reply any) error {
	return h.within(load.AnswerWithin, method, args, reply)
}

// wait has the process do something that may take as long as the run.
func (h *hand) wait(method string, args, reply any) error { return h.within(0, method, args, reply) }

// within calls, until the run is over or, if d is not 0, so long.
func (h *hand) within(d time.Duration, method string, args, reply any) error {
	c := h.calls.Go(service+"."+method, args, reply, make(chan *rpc.Call, 1))
	var late <-chan time.Time
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		late = t.C
	}
	select {
	case <-c.Done:
		return h.outcome(c.Error)
	case <-h.ctx.Done():
		return context.Cause(h.ctx)
	case <-late:
		return fmt.Errorf("client process %d (pid %d): no answer to %s for %s", h.number, h.cmd.Process.Pid, method, d)
	}
}

// outcome is the error of a call with where it is from.
func (h *hand) outcome(err error) error {
	var told rpc.ServerError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &told):
		return fmt.Errorf("client process %d: %w", h.number, err)
	}
	// The pipe broke: the process ends or has ended, and knows better why.
	select {
	case <-h.ended:
		if h.err != nil {
			return h.err
		}
	case <-time.After(endsWithin):
	}
	return fmt.Errorf("client process %d: %w", h.number, err)
}

// cpu is the processor time that it has used; 0 if that cannot be read.
func (h *hand) cpu() time.Duration {
	used, err := load.CPUOf(h.cmd.Process.Pid)
	if err != nil {
		return 0
	}
	return used
}

// tail keeps the end of what is written.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	t.text = t.text[max(0, len(t.text)-2048):]
	return len(b), nil
}

// String shows it behind what else is said.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if text := strings.TrimSpace(string(t.text)); text != "" {
		return "; its last words:\n" + text
	}
	return ""
}
