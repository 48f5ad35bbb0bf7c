package load

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// reserve is how many descriptors are kept for all that is no connection.
const reserve = 256

// Descriptors raises this process's limit of open files as far as allowed, for
// the processes that it starts as well, and returns it, and how many connections
// fit below it.
func Descriptors() (limit uint64, connections int, err error) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0, 0, fmt.Errorf("read the limit of open files: %w", err)
	}
	// Also if it is that high: the runtime raises it, and lowers it again for
	// what it starts, unless the program sets it.
	raised := l
	raised.Cur = l.Max
	if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised) == nil {
		l = raised
	}
	n, err := below(l.Cur)
	return l.Cur, n, err
}

// below is how many connections fit below a limit.
func below(limit uint64) (connections int, err error) {
	n := int(min(limit, 1<<20)) - 2*reserve
	if n < 1 {
		return 0, fmt.Errorf("limit of open files is %d: too low for a load run", limit)
	}
	return n, nil
}

// Descriptors is the server's limit of open files, and how many connections fit
// below it.
func (s *Server) Descriptors() (limit uint64, connections int, err error) {
	data, err := os.ReadFile(s.proc("limits"))
	if err != nil {
		return 0, 0, err
	}
	if limit, err = openFiles(string(data)); err != nil {
		return 0, 0, err
	}
	connections, err = below(limit)
	return limit, connections, err
}

// openFiles finds the soft limit in /proc/*/limits.
func openFiles(limits string) (uint64, error) {
	for line := range strings.Lines(limits) {
		rest, ok := strings.CutPrefix(line, "Max open files")
		if !ok {
			continue
		}
		soft, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
		if soft == "unlimited" {
			return 1 << 20, nil
		}
		return strconv.ParseUint(soft, 10, 64)
	}
	return 0, errors.New("no limit of open files in /proc limits")
}
