package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/client"
	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/bolt"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// captured is a journal that remembers the batches it was given.
type captured struct {
	persistence.Journal
	mu      sync.Mutex
	before  [][]*persistence.Append // of the preparation
	batches [][]*persistence.Append
}

func (c *captured) Commit(ctx context.Context, batch []*persistence.Append) error {
	c.mu.Lock()
	copies := make([]*persistence.Append, len(batch))
	for i, a := range batch {
		b := *a
		copies[i] = &b
	}
	c.batches = append(c.batches, copies)
	c.mu.Unlock()
	return c.Journal.Commit(ctx, batch)
}

// split ends the preparation.
func (c *captured) split() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before, c.batches = c.batches, nil
}

func openBolt(tb testing.TB, name string) *bolt.Journal {
	j, err := bolt.Open(filepath.Join(tb.TempDir(), name), bolt.Options{DiskReserve: -1})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, j.Close()) })
	return j
}

// Durable messages through the whole server against a bare bbolt committer
// that replays the very batches the server wrote: 100 groups, up to 64
// messages of each sender in flight.
func BenchmarkDurableMessages(b *testing.B) {
	const groups, senders, inFlight = 100, 100, 64
	j := &captured{Journal: openBolt(b, "server.db")}
	cfg := config.Default()
	cfg.Server.Addr, cfg.Dev, cfg.Drain = "127.0.0.1:0", true, config.Drain{}
	cfg.Limits.ConnectionsPerAddress, cfg.Limits.RequestsPerSecond, cfg.Limits.RequestsBurst = 0, 1_000_000, 1_000_000
	cfg.Limits.MessagesPerSecond = 0
	ctx := context.Background()
	srv, err := server.Start(ctx, cfg, server.Options{Journal: j, Epoch: "bench"})
	require.NoError(b, err)
	defer func() { require.NoError(b, srv.Stop(ctx)) }()

	conns := make([]*client.Conn, senders)
	frames := make([][]byte, senders)
	for i := range conns {
		c, err := client.DialConn(ctx, srv.URL(), client.ConnOptions{})
		require.NoError(b, err)
		defer func() { _ = c.Abort() }()
		exchange(b, c, request(&troupev1.Login{UserId: fmt.Sprint("u", i)}))
		id := fmt.Sprint("g", i%groups)
		exchange(b, c, request(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_CUSTOM, GroupId: id}))
		conns[i] = c
		frames[i] = []byte(id)
	}
	j.split()
	var accepted atomic.Int64
	each := max(b.N/senders, 1)
	b.ReportAllocs()
	b.ResetTimer()
	began, cpu := time.Now(), cpuTime()
	var done sync.WaitGroup
	for i, c := range conns {
		done.Go(func() {
			credit := make(chan struct{}, inFlight)
			go func() {
				for range each {
					credit <- struct{}{}
					if err := c.Send(request(text(string(frames[i]), "a message of about a hundred bytes, as people write them when they have something to tell"))); err != nil {
						return
					}
				}
			}()
			for range each {
				f, err := c.Recv(ctx)
				if err != nil || f.GetAnswer().GetCode() != 0 {
					b.Errorf("message refused: %v %v", err, f)
					return
				}
				accepted.Add(1)
				<-credit
			}
		})
	}
	done.Wait()
	b.StopTimer()
	took, used := time.Since(began), cpuTime()-cpu
	n := float64(accepted.Load())
	bare, bareCPU := replay(b, j.before, j.batches)
	b.ReportMetric(n/took.Seconds(), "messages/s")
	b.ReportMetric(n/bare.Seconds(), "bare/s")
	b.ReportMetric(bare.Seconds()/took.Seconds(), "ratio")
	b.ReportMetric(float64(used.Microseconds())/n, "cpu-µs/message")
	b.ReportMetric(float64(bareCPU.Microseconds())/n, "bare-cpu-µs/message")
	b.ReportMetric(n/float64(len(j.batches)), "messages/batch")
}

// replay writes captured batches to an empty bbolt journal and nothing else.
func replay(b *testing.B, before, batches [][]*persistence.Append) (took, cpu time.Duration) {
	j := openBolt(b, "bare.db")
	for _, batch := range before {
		require.NoError(b, j.Commit(context.Background(), batch))
	}
	began, used := time.Now(), cpuTime()
	for _, batch := range batches {
		if err := j.Commit(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began), cpuTime() - used
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func exchange(tb testing.TB, c *client.Conn, req *troupev1.Request) *troupev1.Answer {
	require.NoError(tb, c.Send(req))
	f, err := c.Recv(context.Background())
	require.NoError(tb, err)
	require.Zero(tb, f.GetAnswer().GetCode(), "%v", f)
	return f.GetAnswer()
}
