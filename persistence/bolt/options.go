package bolt

import (
	"io/fs"
	"os"
)

// Options govern how a file is opened. The zero value is what a server wants.
type Options struct {
	// DiskReserve is the free space, in bytes, below which only what may use
	// the reserve is stored (spec 19.15). 0 = 256 MiB, negative = no reserve.
	DiskReserve int64
	// FreeSpace says how many bytes are free on the disk of path; nil asks the
	// system. If it fails nothing changes.
	FreeSpace func(path string) (uint64, error)
	// InitialMmapSize is the size of the first mapping in bytes: growing beyond
	// it blocks commits until all views have ended. 0 = 4 GiB, 256 MiB on
	// systems where a mapping takes disk or address space.
	InitialMmapSize int
	// MaxSize bounds the file, in bytes; beyond it the disk counts as full. 0 = no bound.
	MaxSize int
	// NoSync leaves out the wait for the disk: a crash may lose or ruin the
	// file. For tests and bulk loading.
	NoSync bool
	// Broken is called once, with the reason, when a commit has failed and the
	// journal is persistence.ErrBroken from then on: the process should end. It
	// must not wait for the journal. May be nil.
	Broken func(error)
	// tuning is how entries are set aside; nil = ordinary. For tests.
	tuning *tuning
	// OpenFile opens the file; nil = os.OpenFile. For tests.
	OpenFile func(name string, flag int, perm fs.FileMode) (*os.File, error)
}

const (
	defaultReserve = 256 << 20
	roomyMmap      = 4 << 30
	tightMmap      = 256 << 20
)

func (o Options) reserve() uint64 {
	switch {
	case o.DiskReserve < 0:
		return 0
	case o.DiskReserve == 0:
		return defaultReserve
	}
	return uint64(o.DiskReserve)
}
