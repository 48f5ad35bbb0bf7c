package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"

	"github.com/troupe-im/troupe/persistence"
)

// The layout of bbolt's first two pages: a page header, then the meta.
const (
	pageHeader = 16
	metaSize   = 64
	metaMagic  = 0xED0CDAED
	// Offsets in the meta.
	metaPageSize = 8
	metaPages    = 40
	metaTxid     = 48
	metaChecksum = 56
)

// checkWhole finds out whether a file is shorter than its newest meta says.
// The library maps the file and would be killed by the first touch beyond its
// end, in a goroutine where nothing can be done about it.
func checkWhole(path string) (err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	var newest, need uint64
	found := false
	for _, at := range metaOffsets(f) {
		meta, ok := readMeta(f, at)
		if !ok {
			continue
		}
		if txid := binary.NativeEndian.Uint64(meta[metaTxid:]); !found || txid > newest {
			newest, found = txid, true
			need = binary.NativeEndian.Uint64(meta[metaPages:]) * uint64(binary.NativeEndian.Uint32(meta[metaPageSize:]))
		}
	}
	switch {
	case !found:
		return fmt.Errorf("%s has no valid meta page: %w", path, persistence.ErrCorrupt)
	case need > uint64(info.Size()):
		return fmt.Errorf("%s is cut off: %d bytes, %d are in use: %w", path, info.Size(), need, persistence.ErrCorrupt)
	}
	return nil
}

// metaOffsets are the places where a meta may stand: the second page begins
// after the first, whose size the first meta says, or any power of two.
func metaOffsets(f *os.File) []int64 {
	at := []int64{0}
	if meta, ok := readMeta(f, 0); ok {
		return append(at, int64(binary.NativeEndian.Uint32(meta[metaPageSize:])))
	}
	for size := int64(1 << 10); size <= 1<<16; size <<= 1 {
		at = append(at, size)
	}
	return at
}

func readMeta(f io.ReaderAt, at int64) ([]byte, bool) {
	meta := make([]byte, metaSize)
	if _, err := f.ReadAt(meta, at+pageHeader); err != nil || binary.NativeEndian.Uint32(meta) != metaMagic {
		return nil, false
	}
	sum := fnv.New64a()
	_, _ = sum.Write(meta[:metaChecksum])
	return meta, sum.Sum64() == binary.NativeEndian.Uint64(meta[metaChecksum:])
}
