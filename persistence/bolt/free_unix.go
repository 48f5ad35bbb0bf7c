//go:build linux || darwin || freebsd

package bolt

import "syscall"

// freeSpace is what an ordinary user may still write on the disk of path.
func freeSpace(path string) (uint64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return 0, err
	}
	return uint64(st.Bavail) * uint64(st.Bsize), nil
}
