package crew

import "fmt"

// Plan says how many processes hold so many connections, of which each process
// holds at most each. asked 0 is as many as needed; fewer than needed are
// refused, and more than there are connections.
func Plan(connections, each, asked int) (int, error) {
	needed := max(1, (connections+each-1)/each)
	switch {
	case asked < 0:
		return 0, fmt.Errorf("%d processes: want 1 or more, or 0 for as many as needed", asked)
	case asked == 0:
		return needed, nil
	case asked < needed:
		return 0, fmt.Errorf("%d connections in %d processes of at most %d: %d processes are needed", connections, asked, each, needed)
	case asked > max(1, connections):
		return 0, fmt.Errorf("%d connections in %d processes: some would have none", connections, asked)
	}
	return asked, nil
}

// share is the part of n that process number p takes; the first has extra others
// besides, which count as its own.
func share(n, extra, processes, p int) (from, to int) {
	cut := func(p int) int { return max(0, (n+extra)*p/processes-extra) }
	if from = cut(p); p == 0 {
		from = 0
	}
	return from, cut(p + 1)
}
