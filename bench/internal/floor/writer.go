//go:build linux

package floor

import (
	"fmt"
	"io"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/troupe-im/troupe/bench/internal/swarm"
)

// Load is what the floor writes.
type Load struct {
	Sockets int
	// FrameBytes is the size of a frame with its WebSocket header.
	FrameBytes int
	// FramesPerWrite are joined into one write, on average; at least 1.
	FramesPerWrite float64
	// PerSecond are messages to all sockets; 0 = as fast as it goes.
	PerSecond float64
	For       time.Duration
	// Threads write, each to its share of the sockets; 0 = one per core.
	Threads int
}

// Room and User are named in the floor's frames.
const (
	Room = "floor"
	User = "floor"
)

// Serve is the floor's program. It tells where it listens, takes the sockets,
// says "ready", waits for a byte of in, writes, and says how many messages it
// wrote to each socket; it ends when in does. All of that by lines on out.
func Serve(l Load, in io.Reader, out io.Writer) error {
	listener, port, err := listen()
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(listener) }()
	if _, err := fmt.Fprintf(out, "127.0.0.1:%d\n", port); err != nil {
		return err
	}
	sockets := make([]int, l.Sockets)
	for i := range sockets {
		fd, _, err := unix.Accept4(listener, unix.SOCK_CLOEXEC)
		if err != nil {
			return fmt.Errorf("accept: %w", err)
		}
		defer func() { _ = unix.Close(fd) }()
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
			return fmt.Errorf("socket option: %w", err)
		}
		sockets[i] = fd
	}
	if _, err := fmt.Fprintln(out, "ready"); err != nil {
		return err
	}
	if _, err := io.ReadFull(in, make([]byte, 1)); err != nil {
		return fmt.Errorf("wait for the start: %w", err)
	}
	wrote, err := l.write(sockets)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, wrote); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, in)
	return err
}

func listen() (fd, port int, err error) {
	if fd, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
		return 0, 0, fmt.Errorf("socket: %w", err)
	}
	err = unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	if err == nil {
		err = unix.Listen(fd, 4096)
	}
	if err != nil {
		_ = unix.Close(fd)
		return 0, 0, fmt.Errorf("listen: %w", err)
	}
	at, err := unix.Getsockname(fd)
	if err != nil {
		_ = unix.Close(fd)
		return 0, 0, fmt.Errorf("listen: %w", err)
	}
	return fd, at.(*unix.SockaddrInet4).Port, nil
}

// write shares the sockets out and returns the messages that each got.
func (l *Load) write(sockets []int) (uint64, error) {
	threads := l.Threads
	if threads <= 0 {
		threads = runtime.NumCPU()
	}
	threads = max(1, min(threads, len(sockets)))
	began := swarm.Now()
	count, interval := uint64(0), int64(0)
	if l.PerSecond > 0 {
		interval = int64(1e9 / l.PerSecond)
		count = max(1, uint64(int64(l.For)/interval))
	}
	w := &writers{l: l, began: began, interval: interval, count: count, until: began + int64(l.For)}
	errs := make([]error, threads)
	var all sync.WaitGroup
	for i := range threads {
		all.Go(func() {
			runtime.LockOSThread()
			errs[i] = w.run(sockets[i*len(sockets)/threads : (i+1)*len(sockets)/threads])
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return 0, err
		}
	}
	return w.count, nil
}

// writers write the same frames, each to its sockets.
type writers struct {
	l               *Load
	began, interval int64
	until           int64

	mu    sync.Mutex
	count uint64 // messages in all; 0 = not yet known. Guarded by mu
	most  uint64 // of any writer so far. Guarded by mu
}

func (w *writers) run(sockets []int) error {
	var buf []byte
	credit := 0.0
	for seq := uint64(1); ; {
		credit += max(1, w.l.FramesPerWrite)
		k := uint64(credit)
		credit -= float64(k)
		if k = w.upto(seq, k); k == 0 {
			return nil
		}
		buf = buf[:0]
		for range k {
			buf = appendFrame(buf, seq, w.began+int64(seq)*w.interval, w.l.FrameBytes)
			seq++
		}
		if w.interval > 0 {
			time.Sleep(time.Duration(w.began + int64(seq-1)*w.interval - swarm.Now()))
		}
		for _, fd := range sockets {
			if err := writeAll(fd, buf); err != nil {
				return err
			}
		}
	}
}

// upto says how many of k further messages are written. A run by the clock ends
// when the first writer is at its end; the others write what it has written.
func (w *writers) upto(seq, k uint64) uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.count == 0 && swarm.Now() >= w.until {
		w.count = max(w.most, 1)
	}
	if w.count > 0 {
		if seq > w.count {
			return 0
		}
		k = min(k, w.count-seq+1)
	}
	w.most = max(w.most, seq+k-1)
	return k
}

func writeAll(fd int, b []byte) error {
	for len(b) > 0 {
		n, err := unix.Write(fd, b)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return fmt.Errorf("write: %w", err)
		}
		b = b[n:]
	}
	return nil
}
