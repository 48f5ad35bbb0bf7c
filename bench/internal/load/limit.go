package load

import (
	"fmt"
	"syscall"
)

// reserve is how many descriptors are kept for all that is no connection.
const reserve = 256

// Descriptors raises this process's limit of open files as far as allowed and
// returns it, and how many connections fit below it. The server, a process of
// its own, has the same limit.
func Descriptors() (limit uint64, connections int, err error) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0, 0, fmt.Errorf("read the limit of open files: %w", err)
	}
	if l.Cur < l.Max {
		raised := l
		raised.Cur = l.Max
		if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised) == nil {
			l = raised
		}
	}
	n := int(min(l.Cur, 1<<20)) - 2*reserve
	if n < 1 {
		return 0, 0, fmt.Errorf("limit of open files is %d: too low for a load run", l.Cur)
	}
	return l.Cur, n, nil
}
