package bolt_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/bolt"
)

// talk stores messages of members of many groups, each as the actors store it.
type talk struct {
	*testing.B
	j      *bolt.Journal
	random *rand.Rand
	next   []group.Position
	batch  []*persistence.Append

	stored     int
	cpu        time.Duration
	calls, out int
}

func newTalk(b *testing.B, groups int) *talk {
	return &talk{
		B: b, j: openAt(b, filepath.Join(b.TempDir(), "troupe.db"), bolt.Options{}),
		random: rand.New(rand.NewPCG(1, 1)), next: make([]group.Position, groups),
	}
}

// say has one of ten members speak in a group.
func (t *talk) say(g int) {
	t.next[g]++
	s := group.StreamID(g)*0x9e3779b97f4a7c15 + 1
	u := group.UserID(fmt.Sprintf("user-%06d", g*7+t.random.IntN(10)))
	at := t.next[g]
	e := &group.Event{
		Position: at, Seq: group.Seq(at), Ordinal: uint64(at), Time: 1_700_000_000_000 + group.Millis(at), Operator: u,
		Request: t.random.Uint64(), GroupName: "Reading circle",
		Body: &group.Sent{
			Sender: group.Card{User: u, Name: "Ann Example", Role: group.Member}, Random: t.random.Uint32(),
			Elements: []group.Element{{Type: group.ElementText, Text: strings.Repeat("words ", 17)}},
		},
	}
	t.batch = append(t.batch, &persistence.Append{
		Stream: s, After: at - 1,
		Entries: []persistence.Entry{{Position: at, Seq: e.Seq, Data: persistence.EncodeEvent(e)}},
		Rows:    messageRows(s, e),
	})
}

// commit stores what was said.
func (t *talk) commit() {
	cpu, calls, out := spent(t)
	t.StartTimer()
	require.NoError(t, t.j.Commit(t.Context(), t.batch))
	t.StopTimer()
	cpuAfter, callsAfter, outAfter := spent(t)
	t.cpu, t.calls, t.out = t.cpu+cpuAfter-cpu, t.calls+callsAfter-calls, t.out+outAfter-out
	t.stored += len(t.batch)
	for _, a := range t.batch {
		require.NoError(t, a.Err)
	}
	t.batch = t.batch[:0]
}

// report ends the measurement; begin starts it anew after the preparation.
func (t *talk) report() {
	n := float64(t.stored)
	t.ReportMetric(float64(t.cpu.Nanoseconds())/1000/n, "cpu-µs/message")
	t.ReportMetric(float64(t.calls)/n, "writes/message")
	t.ReportMetric(float64(t.out)/n, "written-B/message")
	t.ReportMetric(n/t.Elapsed().Seconds(), "messages/s")
}

func (t *talk) begin() {
	t.stored, t.cpu, t.calls, t.out = 0, 0, 0, 0
	t.ReportAllocs()
	t.ResetTimer()
	t.StartTimer()
}

// spent is what the process has used: processor time, write calls and bytes.
func spent(tb testing.TB) (cpu time.Duration, calls, out int) {
	var u syscall.Rusage
	require.NoError(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	if data, err := os.ReadFile("/proc/self/io"); err == nil {
		var in, in2 int
		_, err = fmt.Sscanf(string(data), "rchar: %d\nwchar: %d\nsyscr: %d\nsyscw: %d", &in, &out, &in2, &calls)
		require.NoError(tb, err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), calls, out
}

// BenchmarkCommitScattered measures durable batches of one message for each of
// some out of 2,000 groups that have history.
func BenchmarkCommitScattered(b *testing.B) {
	for _, n := range []int{7, 30, 150} {
		b.Run(fmt.Sprintf("batch=%d", n), func(b *testing.B) { scattered(b, n) })
	}
}

func scattered(b *testing.B, n int) {
	const groups = 2000
	t := newTalk(b, groups)
	for range 40 {
		for g := range groups {
			t.say(g)
		}
		t.commit()
	}
	t.begin()
	for b.Loop() {
		b.StopTimer()
		for _, g := range t.random.Perm(groups)[:n] {
			t.say(g)
		}
		t.commit()
		b.StartTimer()
	}
	t.report()
}

// BenchmarkCommitPipelined measures batches with 64 messages of each of 100 groups.
func BenchmarkCommitPipelined(b *testing.B) {
	const groups, depth = 100, 64
	t := newTalk(b, groups)
	t.begin()
	for b.Loop() {
		b.StopTimer()
		for g := range groups {
			for range depth {
				t.say(g)
			}
		}
		t.commit()
		b.StartTimer()
	}
	t.report()
}

func messageRows(s group.StreamID, e *group.Event) []persistence.RowOp {
	if e.Seq%persistence.TallyEvery != 0 {
		return nil
	}
	return []persistence.RowOp{{Op: persistence.OpTally, Table: persistence.TableSent, Key: persistence.StreamKey(s), Delta: int64(e.Seq)}}
}
