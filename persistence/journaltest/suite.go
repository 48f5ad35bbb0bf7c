package journaltest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// Target is an adapter under test.
type Target struct {
	// Open gives an empty journal that is closed when the test ends.
	Open func(t testing.TB) persistence.Journal
	// Reopen closes a journal that Open gave and opens it again, as after a
	// restart; nil if it does not outlive its process.
	Reopen func(t testing.TB, j persistence.Journal) persistence.Journal
	// Restore opens what Backup wrote; nil if that cannot be opened.
	Restore func(t testing.TB, backup []byte) persistence.Journal
}

// Run holds an adapter against the contract of persistence.Journal.
func Run(t *testing.T, target Target) {
	groups := []struct {
		name  string
		tests []test
	}{
		{"append", appendTests()},
		{"read", readTests()},
		{"snapshot", snapshotTests()},
		{"rows", rowTests()},
		{"inbox", inboxTests()},
		{"trim", trimTests()},
		{"life", lifeTests()},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			for _, tt := range g.tests {
				t.Run(tt.name, func(t *testing.T) { tt.run(&bench{TB: t, target: target, j: target.Open(t)}) })
			}
		})
	}
	t.Run("random", func(t *testing.T) { runRandom(t, target) })
}

type test struct {
	name string
	run  func(*bench)
}

// bench is one journal and short words to use it.
type bench struct {
	testing.TB
	target Target
	j      persistence.Journal
}

const (
	streamA group.StreamID = 7
	streamB group.StreamID = 8
	streamC group.StreamID = 1 << 40
)

// entry is an entry whose data says which it is.
func entry(p group.Position, seq group.Seq) persistence.Entry {
	return persistence.Entry{Position: p, Seq: seq, Data: []byte{byte(p), byte(seq), 'x'}}
}

// numbered gives n entries after a position, all numbered like their position
// less skip.
func numbered(after, n int, skip int) []persistence.Entry {
	list := make([]persistence.Entry, n)
	for i := range list {
		p := after + i + 1
		list[i] = entry(group.Position(p), group.Seq(p-skip))
	}
	return list
}

func (b *bench) commit(batch ...*persistence.Append) {
	b.Helper()
	require.NoError(b, b.j.Commit(b.Context(), batch))
}

// append stores entries and must succeed.
func (b *bench) append(s group.StreamID, after group.Position, entries ...persistence.Entry) {
	b.Helper()
	a := &persistence.Append{Stream: s, After: after, Entries: entries}
	b.commit(a)
	require.NoError(b, a.Err)
}

// rows carries ops out and returns the numbers given.
func (b *bench) rows(ops ...persistence.RowOp) [][]persistence.Numbered {
	b.Helper()
	a := &persistence.Append{Rows: ops}
	b.commit(a)
	require.NoError(b, a.Err)
	return a.Numbers
}

func (b *bench) view(fn func(persistence.Tx)) {
	b.Helper()
	require.NoError(b, b.j.View(func(tx persistence.Tx) error {
		fn(tx)
		return nil
	}))
}

func (b *bench) head(s group.StreamID) (head persistence.Head) {
	b.Helper()
	b.view(func(tx persistence.Tx) { head = tx.Head(s) })
	return head
}

func (b *bench) read(s group.StreamID, after group.Position) []persistence.Entry {
	b.Helper()
	list := []persistence.Entry{}
	b.view(func(tx persistence.Tx) {
		require.NoError(b, tx.Read(s, after, collect(&list)))
	})
	return list
}

func (b *bench) span(s group.StreamID, from, to group.Seq, reverse bool) []persistence.Entry {
	b.Helper()
	list := []persistence.Entry{}
	b.view(func(tx persistence.Tx) {
		require.NoError(b, tx.Range(s, from, to, reverse, collect(&list)))
	})
	return list
}

func collect(list *[]persistence.Entry) func(persistence.Entry) bool {
	return func(e persistence.Entry) bool {
		*list = append(*list, e)
		return true
	}
}

func (b *bench) get(t persistence.Table, key string) (value []byte) {
	b.Helper()
	b.view(func(tx persistence.Tx) { value = tx.Get(t, []byte(key)) })
	return value
}

// scan gives the keys, as text.
func (b *bench) scan(t persistence.Table, prefix, from string, reverse bool) []string {
	b.Helper()
	keys := []string{}
	var start []byte
	if from != "" {
		start = []byte(from)
	}
	b.view(func(tx persistence.Tx) {
		tx.Scan(t, []byte(prefix), start, reverse, func(key, _ []byte) bool {
			keys = append(keys, string(key))
			return true
		})
	})
	return keys
}

func put(t persistence.Table, key, value string) persistence.RowOp {
	return persistence.RowOp{Op: persistence.OpPut, Table: t, Key: []byte(key), Value: []byte(value)}
}
