package crew

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPlan(t *testing.T) {
	for _, c := range []struct {
		connections, each, asked, want int
		err                            string
	}{
		{100, 100, 0, 1, ""},
		{101, 100, 0, 2, ""},
		{0, 100, 0, 1, ""},
		{1000, 100, 0, 10, ""},
		{1000, 100, 12, 12, ""},
		{1000, 100, 9, 0, "1000 connections in 9 processes of at most 100: 10 processes are needed"},
		{2, 100, 3, 0, "some would have none"},
		{2, 100, -1, 0, "want 1 or more"},
	} {
		n, err := Plan(c.connections, c.each, c.asked)
		require.Equal(t, c.want, n)
		if c.err == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, c.err)
		}
	}
}

// Every number falls to one process, and none holds more than its part.
func TestShare(t *testing.T) {
	for n := range 40 {
		for extra := range 8 {
			for processes := 1; processes < 6; processes++ {
				next := 0
				for p := range processes {
					from, to := share(n, extra, processes, p)
					require.Equal(t, next, from)
					require.GreaterOrEqual(t, to, from)
					next = to
					require.LessOrEqual(t, to-from, (n+extra+processes-1)/processes)
				}
				require.Equal(t, n, next)
			}
		}
	}
}
