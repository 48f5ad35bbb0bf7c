package replay

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const small = "excerpt\tminute\tkind\tuser\tbytes\treply_to\n" +
	"0\t0\tm\t0\t30\t\n0\t0\tm\t1\t0\t0\n0\t1\tl\t0\t\t\n0\t2\tj\t2\t\t\n0\t2\tn\t2\t\t\n3\t0\tm\t9\t5\t\n"

func TestParse(t *testing.T) {
	got, err := parse(strings.NewReader(small))
	require.NoError(t, err)
	require.Equal(t, []Excerpt{
		{Number: 0, Lines: []Line{
			{Message, 0, 30, -1}, {Message, 1, 0, 0}, {Leave, 0, 0, -1}, {Join, 2, 0, -1}, {Rename, 2, 0, -1},
		}},
		{Number: 3, Lines: []Line{{Message, 9, 5, -1}}},
	}, got)
	require.Equal(t, 2, got[0].Peak())
	for _, bad := range []string{"", "header\n", "header\n0\t0\tq\t0\t1\t\n", "header\n0\t0\tm\tx\t1\t\n", "header\n0\t0\tm\t0\t\t\n", "header\n0\t0\tm\t0\t1\n"} {
		_, err := parse(strings.NewReader(bad))
		require.Error(t, err, "%q", bad)
	}
}

func TestCut(t *testing.T) {
	all, err := parse(strings.NewReader(small))
	require.NoError(t, err)
	require.Equal(t, all, Cut(all, 0, 0))
	require.Len(t, Cut(all, 1, 0), 1)
	require.Len(t, Cut(all, 0, 1)[0].Lines, 1)
	require.Len(t, Cut(all, 0, 2)[0].Lines, 5)
}

// The committed recording is the one that its README describes.
func TestRecording(t *testing.T) {
	all, err := Read("../../data/irc-shape.tsv.gz")
	require.NoError(t, err)
	counts, people := map[Kind]int{}, map[int]bool{}
	for _, e := range all {
		for _, l := range e.Lines {
			counts[l.Kind]++
			if l.Kind == Message {
				people[l.User] = true
			}
		}
	}
	require.Len(t, all, 173)
	require.Equal(t, 221619, counts[Message])
	require.Equal(t, 16837, counts[Join])
}
