package journaltest

import (
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// mixed is a stream with both sorts of entries:
// positions 1 2 3 4 5 6 7 8, seq - 1 2 - - 3 - 4.
func mixed() []persistence.Entry {
	return []persistence.Entry{
		entry(1, 0), entry(2, 1), entry(3, 2), entry(4, 0), entry(5, 0), entry(6, 3), entry(7, 0), entry(8, 4),
	}
}

func readTests() []test {
	return []test{
		{"read merges by position", func(b *bench) {
			b.neighbours()
			b.append(streamA, 0, mixed()...)
			require.Equal(b, mixed(), b.read(streamA, 0))
		}},
		{"read goes on after a position", func(b *bench) {
			b.neighbours()
			b.append(streamA, 0, mixed()...)
			for after := range len(mixed()) + 1 {
				require.Equal(b, mixed()[after:], b.read(streamA, group.Position(after)), "after %d", after)
			}
		}},
		{"read stops when told", func(b *bench) {
			b.append(streamA, 0, mixed()...)
			for stop := 1; stop <= len(mixed()); stop++ {
				var got []persistence.Entry
				b.view(func(tx persistence.Tx) {
					require.NoError(b, tx.Read(streamA, 0, func(e persistence.Entry) bool {
						got = append(got, e)
						return len(got) < stop
					}))
				})
				require.Equal(b, mixed()[:stop], got)
			}
		}},
		{"many unnumbered entries between numbers", unnumbered},
		{"range rises and falls within its bounds", ranges},
		{"data handed out belongs to the caller", func(b *bench) {
			b.append(streamA, 0, mixed()...)
			for _, e := range b.read(streamA, 0) {
				clear(e.Data)
			}
			require.Equal(b, mixed(), b.read(streamA, 0))
		}},
		{"a view does not change under its reader", func(b *bench) {
			b.append(streamA, 0, entry(1, 1))
			b.view(func(tx persistence.Tx) {
				require.Equal(b, tx.Head(streamA), tx.Head(streamA))
				require.Nil(b, tx.Get(persistence.TableUsers, []byte("late")))
			})
		}},
	}
}

// unnumbered holds runs of unnumbered entries against reading by position and
// by number.
func unnumbered(b *bench) {
	numbers := map[group.Position]group.Seq{400: 1, 401: 2, 418: 3, 700: 4}
	var all, history []persistence.Entry
	for p := group.Position(1); p <= 720; p++ {
		e := entry(p, numbers[p])
		all = append(all, e)
		if e.Seq != 0 {
			history = append(history, e)
		}
	}
	b.neighbours()
	b.append(streamA, 0, all...)
	for after := range all {
		require.Equal(b, all[after:], b.read(streamA, group.Position(after)), "after %d", after)
	}
	require.Empty(b, b.read(streamA, 720))
	require.Empty(b, b.read(streamA, 1000))
	require.Equal(b, history, b.span(streamA, 1, 9, false))
	require.Equal(b, history[1:3], b.span(streamA, 2, 3, false))
	falling := slices.Clone(history)
	slices.Reverse(falling)
	require.Equal(b, falling, b.span(streamA, 0, 9, true))
	require.Equal(b, falling[1:3], b.span(streamA, 2, 3, true))
	require.Equal(b, persistence.Head{Position: 720, Seq: 4}, b.head(streamA))
}

// neighbours puts entries beside streamA, so that wrong bounds show.
func (b *bench) neighbours() {
	b.Helper()
	b.append(streamA-1, 0, entry(1, 0), entry(2, 1))
	b.append(streamA+1, 0, entry(1, 0), entry(2, 1))
}

func ranges(b *bench) {
	b.neighbours()
	b.append(streamA, 0, mixed()...)
	numbers := func(list []persistence.Entry) []group.Seq {
		seqs := []group.Seq{}
		for _, e := range list {
			require.Equal(b, mixed()[e.Position-1], e)
			seqs = append(seqs, e.Seq)
		}
		return seqs
	}
	tests := []struct {
		name     string
		from, to group.Seq
		reverse  bool
		want     []group.Seq
	}{
		{"all rising", 1, ^group.Seq(0), false, []group.Seq{1, 2, 3, 4}},
		{"all falling", 1, ^group.Seq(0), true, []group.Seq{4, 3, 2, 1}},
		{"part rising", 2, 3, false, []group.Seq{2, 3}},
		{"part falling", 2, 3, true, []group.Seq{3, 2}},
		{"one", 3, 3, false, []group.Seq{3}},
		{"one falling", 3, 3, true, []group.Seq{3}},
		{"from zero", 0, 1, false, []group.Seq{1}},
		{"behind the end", 5, 9, false, []group.Seq{}},
		{"behind the end falling", 5, 9, true, []group.Seq{}},
		{"nothing between", 3, 2, false, []group.Seq{}},
		{"nothing between falling", 3, 2, true, []group.Seq{}},
	}
	for _, tt := range tests {
		require.Equal(b, tt.want, numbers(b.span(streamA, tt.from, tt.to, tt.reverse)), tt.name)
	}
	require.Empty(b, b.span(streamC, 1, 9, false))
}
