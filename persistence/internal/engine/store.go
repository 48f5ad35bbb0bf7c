package engine

import "github.com/troupe-im/troupe/persistence"

// Space is one ordered map of bytes: a table or one of the journal's own.
type Space uint8

// Spaces beside the tables.
const (
	Log       Space = 201 // only sought, and put to behind what a stream has
	Snapshots Space = 203
	Chunks    Space = 204
)

// Spaces lists every space, for adapters that make them beforehand.
func Spaces() []Space {
	list := make([]Space, 0, 24)
	for t := persistence.TableGroups; t <= persistence.LastTable; t++ {
		list = append(list, Space(t))
	}
	return append(list, Log, Snapshots, Chunks)
}

// Reader is a consistent view of a store. Slices it hands out are the store's
// own and valid until the next change.
type Reader interface {
	// Get returns a value, nil if there is none.
	Get(s Space, key []byte) []byte
	// Seek calls fn with the entries that have the prefix, from the key from on
	// (nil = the first; with reverse: the last), rising or falling, until fn
	// returns false. fn changes nothing.
	Seek(s Space, prefix, from []byte, reverse bool, fn func(key, value []byte) bool)
}

// Writer is a store in a transaction. Faults are kept by the store.
type Writer interface {
	Reader
	// Put keeps neither key nor value after the transaction.
	Put(s Space, key, value []byte)
	Delete(s Space, key []byte)
}
