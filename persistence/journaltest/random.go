package journaltest

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// twin is the slow, obvious journal that the adapter must agree with.
type twin struct {
	// streams and prefix keep runs on one journal apart.
	streams []group.StreamID
	prefix  string
	entries map[group.StreamID][]persistence.Entry
	// saved is where the snapshots stand.
	saved map[group.StreamID]persistence.Head
	rows  map[string]string
}

func (w *twin) head(s group.StreamID) persistence.Head {
	h := w.saved[s]
	for _, e := range w.entries[s] {
		h.Position = e.Position
		h.Seq = max(h.Seq, e.Seq)
	}
	return h
}

// runRandom compares random batches of appends, some of them conflicting, with
// the twin; streams are trimmed and forgotten, and the journal opened again, in
// between.
func runRandom(t *testing.T, target Target) {
	b := &bench{TB: t, target: target, j: target.Open(t)}
	run := group.StreamID(0)
	fixSeed(t)
	rapid.Check(t, func(rt *rapid.T) {
		run++
		w := &twin{
			streams: []group.StreamID{3 * run, 3*run + 1, 3*run + 2 + 1<<40},
			prefix:  fmt.Sprintf("%d/", run),
			entries: map[group.StreamID][]persistence.Entry{}, saved: map[group.StreamID]persistence.Head{}, rows: map[string]string{},
		}
		for range rapid.IntRange(1, 8).Draw(rt, "batches") {
			var batch []*persistence.Append
			var fits []bool
			for range rapid.IntRange(0, 6).Draw(rt, "appends") {
				a, ok := w.draw(rt)
				batch, fits = append(batch, a), append(fits, ok)
			}
			require.NoError(rt, b.j.Commit(t.Context(), batch))
			for i, a := range batch {
				require.Equal(rt, fits[i], a.Err == nil, "append %d", i)
			}
			w.clear(rt, b)
		}
		w.compare(rt, b)
	})
}

// draw makes an append that fits, or one that does not, and takes it over.
func (w *twin) draw(rt *rapid.T) (*persistence.Append, bool) {
	s := rapid.SampledFrom(w.streams).Draw(rt, "stream")
	head := w.head(s)
	a := &persistence.Append{Stream: s, After: head.Position}
	for range rapid.IntRange(1, 4).Draw(rt, "entries") {
		head.Position++
		e := persistence.Entry{Position: head.Position, Data: rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(rt, "data")}
		if rapid.Bool().Draw(rt, "numbered") {
			head.Seq++
			e.Seq = head.Seq
		}
		a.Entries = append(a.Entries, e)
	}
	key := w.prefix + rapid.StringMatching(`[abc]{1,3}`).Draw(rt, "key")
	value := rapid.StringMatching(`[0-9]{1,3}`).Draw(rt, "value")
	a.Rows = []persistence.RowOp{put(users, key, value)}
	if rapid.IntRange(0, 4).Draw(rt, "conflict") == 0 {
		a.After++
		return a, false
	}
	w.entries[s] = append(w.entries[s], a.Entries...)
	w.rows[key] = value
	return a, true
}

// clear trims or forgets a stream or opens the journal again, seldom.
func (w *twin) clear(rt *rapid.T, b *bench) {
	s := rapid.SampledFrom(w.streams).Draw(rt, "cleared")
	switch rapid.IntRange(0, 9).Draw(rt, "clearing") {
	case 0:
		w.trim(rt, b, s)
	case 1:
		delete(w.entries, s)
		delete(w.saved, s)
		b.rows(persistence.RowOp{Op: persistence.OpForget, Key: persistence.StreamKey(s)})
	case 2:
		if b.target.Reopen != nil {
			b.j = b.target.Reopen(b.TB, b.j)
		}
	}
}

// trim saves a snapshot and trims what it covers, up to a number.
func (w *twin) trim(rt *rapid.T, b *bench, s group.StreamID) {
	head := w.head(s)
	upTo := group.Seq(rapid.Uint64Range(0, uint64(head.Seq)).Draw(rt, "up to"))
	if head.Position == 0 || upTo == 0 {
		return
	}
	b.save(s, &persistence.Snapshot{Position: head.Position, Seq: head.Seq})
	b.rows(persistence.RowOp{Op: persistence.OpTrim, Key: persistence.StreamKey(s), Delta: int64(upTo)})
	w.saved[s] = head
	seq := head.Seq
	if i := slices.IndexFunc(w.entries[s], func(e persistence.Entry) bool { return e.Seq != 0 }); i >= 0 {
		seq = w.entries[s][i].Seq - 1
	}
	w.entries[s] = slices.DeleteFunc(slices.Clone(w.entries[s]), func(e persistence.Entry) bool {
		seq = max(seq, e.Seq)
		return seq <= upTo && (e.Seq != 0 || seq != head.Seq)
	})
}

func (w *twin) compare(rt *rapid.T, b *bench) {
	for _, s := range w.streams {
		want := w.entries[s]
		require.Equal(rt, w.head(s), b.head(s))
		require.Equal(rt, append([]persistence.Entry{}, want...), b.read(s, 0))
		for i, e := range want {
			require.Equal(rt, append([]persistence.Entry{}, want[i+1:]...), b.read(s, e.Position))
		}
		history := slices.DeleteFunc(slices.Clone(want), func(e persistence.Entry) bool { return e.Seq == 0 })
		require.Equal(rt, append([]persistence.Entry{}, history...), b.span(s, 1, ^group.Seq(0), false))
		slices.Reverse(history)
		require.Equal(rt, append([]persistence.Entry{}, history...), b.span(s, 1, ^group.Seq(0), true))
	}
	keys := make([]string, 0, len(w.rows))
	for key, value := range w.rows {
		keys = append(keys, key)
		require.Equal(rt, value, string(b.get(users, key)))
	}
	slices.Sort(keys)
	require.Equal(rt, keys, b.scan(users, w.prefix, "", false))
}

// fixSeed lets every run draw the same, unless RAPID_RANDOM=1 or a seed is given.
func fixSeed(t *testing.T) {
	t.Helper()
	if seed := flag.Lookup("rapid.seed"); os.Getenv("RAPID_RANDOM") == "1" || seed.Value.String() != "0" {
		return
	}
	require.NoError(t, flag.Set("rapid.seed", "1"))
	require.NoError(t, flag.Set("rapid.nofailfile", "true"))
}
