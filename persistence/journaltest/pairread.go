package journaltest

import (
	"fmt"
	"hash/crc32"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// dump is all that a view shows, in lines.
func (p *pair) dump(j persistence.Journal) (lines []string) {
	require.NoError(p.T, j.View(func(tx persistence.Tx) error {
		lines = dumpOf(tx)
		return nil
	}))
	return lines
}

func dumpOf(tx persistence.Tx) (lines []string) {
	line := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for _, s := range pairStreams {
		line("stream %d: %v", s, tx.Head(s))
		entry := func(e persistence.Entry) bool {
			line("%d %d %x", e.Position, e.Seq, crc32.ChecksumIEEE(e.Data))
			return true
		}
		_ = tx.Read(s, 0, entry)
		_ = tx.Range(s, 0, ^group.Seq(0), true, entry)
		snap, err := tx.Snapshot(s)
		line("snapshot %+v %v", snap, err)
	}
	for t := persistence.TableGroups; t <= persistence.LastTable; t++ {
		tx.Scan(t, nil, nil, false, func(key, value []byte) bool {
			if string(key) != "epoch" && string(key) != "schema" {
				line("%d %x %x", t, key, value)
			}
			return true
		})
	}
	return lines
}

// read holds some reads against each other that begin, end and turn anywhere.
func (p *pair) read() {
	s := rapid.SampledFrom(pairStreams).Draw(p.T, "read")
	from, to := group.Seq(rapid.Uint64Range(0, 12).Draw(p.T, "from")), group.Seq(rapid.Uint64Range(0, 12).Draw(p.T, "to"))
	reverse, stop := rapid.Bool().Draw(p.T, "reverse"), rapid.IntRange(1, 9).Draw(p.T, "stop")
	table := p.table()
	prefix := rapid.SampledFrom([]string{"", "a", "a\x00", "ab", "b\x00\x00", string(persistence.StreamKey(s)), "\xff"}).Draw(p.T, "prefix")
	start := rapid.SampledFrom([]string{"", "a", "a\x00\x00\x00", "b", prefix + "\x00\x01", "\xff\xff"}).Draw(p.T, "start")
	look := func(j persistence.Journal) (lines []string) {
		line := func(args ...any) bool {
			lines = append(lines, fmt.Sprintln(args...))
			return len(lines)%stop != 0
		}
		entry := func(e persistence.Entry) bool { return line(e.Position, e.Seq, crc32.ChecksumIEEE(e.Data)) }
		require.NoError(p.T, j.View(func(tx persistence.Tx) error {
			require.NoError(p.T, tx.Read(s, group.Position(from), entry))
			require.NoError(p.T, tx.Range(s, from, to, reverse, entry))
			var at []byte
			if start != "" {
				at = []byte(start)
			}
			tx.Scan(table, []byte(prefix), at, reverse, func(key, value []byte) bool { return line(key, value, tx.Get(table, key)) })
			oldest, err := persistence.OldestKept(tx, s, persistence.HistoryLife+group.Millis(to))
			line(oldest, err != nil)
			ops, _, err := persistence.Sweep(tx, persistence.SweepCursor{}, persistence.HistoryLife+group.Millis(to), stop*3, uint32(from))
			line(ops, err != nil)
			line(persistence.DueTimers(tx, group.Millis(to), stop))
			for _, u := range pairUsers {
				if row, ok, err := persistence.Membership(tx, u, s); ok && err == nil {
					line(persistence.SentCount(tx, &row, u))
				}
			}
			return nil
		}))
		return lines
	}
	require.Equal(p.T, look(p.plain), look(p.other))
}
