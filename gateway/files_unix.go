//go:build unix

package gateway

import "syscall"

// fileLimit raises the process's limit of open files to the highest allowed
// and returns it; 0 if it is not known.
func fileLimit() int {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0
	}
	if l.Cur < l.Max {
		raised := l
		raised.Cur = l.Max
		if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised) == nil {
			l = raised
		}
	}
	const most = 1 << 30
	return int(min(uint64(l.Cur), most))
}
