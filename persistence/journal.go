package persistence

import (
	"context"
	"errors"
	"io"

	"github.com/troupe-im/troupe/group"
)

// Faults of a journal. Adapters wrap them with operation and subject; callers
// check with errors.Is.
var (
	// ErrConflict: the stream is not at the position the append expects.
	// Nothing of that append was stored; others of the batch may have been.
	ErrConflict = errors.New("stream has moved on")
	// ErrFull: no space left. Nothing of the batch was stored.
	ErrFull = errors.New("no space left for storage")
	// ErrUnknown: the outcome of the batch is not known.
	ErrUnknown = errors.New("outcome of the commit is unknown")
	// ErrBroken: a commit failed in a way after which nobody knows what the disk
	// holds. Nothing more is read or stored until the journal is opened again.
	ErrBroken = errors.New("storage has failed; what the disk holds is not known")
	// ErrClosed: the journal was closed.
	ErrClosed = errors.New("journal is closed")
	// ErrInUse: another process holds the file.
	ErrInUse = errors.New("storage is in use by another process")
	// ErrNewerSchema: the file was written by a newer version.
	ErrNewerSchema = errors.New("storage has a newer schema")
	// ErrOlderSchema: the file was written by an older version, in a layout that
	// this one does not read.
	ErrOlderSchema = errors.New("storage has an older schema")
	// ErrCorrupt: a record cannot be decoded.
	ErrCorrupt = errors.New("corrupt record")
)

// Entry is one journalled event of a stream, opaque to adapters.
type Entry struct {
	// Position rises by one from entry to entry of a stream, from 1.
	Position group.Position
	// Seq is the number users see; 0 = none. A numbered entry is stored once and
	// is both journal and history.
	Seq group.Seq
	// Data is the encoded record (see EncodeEvent).
	Data []byte
}

// Append is what one group wants stored: wholly or not at all.
type Append struct {
	Stream group.StreamID
	// After is the position of the stream's newest entry before Entries.
	After   group.Position
	Entries []Entry
	// Rows are carried out in the same transaction, in order.
	Rows []RowOp
	// Snapshot replaces the stream's snapshot. Its Position must not be above
	// the newest entry's; one that is older than the stored one is left out.
	Snapshot *Snapshot
	// FromReserve: to be stored in disk-full mode too, while the reserve lasts
	// (spec 19.15: dismissal, recall, bans, audit, retention).
	FromReserve bool

	// Results, filled by Commit.

	// Numbers holds what each AppendNumbered, PlaceNotices and Audit op gave, by
	// index in Rows (nil for other ops).
	Numbers [][]Numbered
	// Err is nil, or why nothing of this append alone was stored: ErrConflict;
	// ErrCorrupt if a row it had to read cannot be decoded; ErrFull if in
	// disk-full mode only appends of the batch that are FromReserve were stored.
	Err error
}

// Numbered is one entry of a numbered list that a row op made.
type Numbered struct {
	N    uint64
	Data []byte
}

// Snapshot is a group's state at a position, in parts: the head and chunks of
// members. Saving one replaces the head and only the chunks given; chunks
// numbered ChunkCount and above are removed.
type Snapshot struct {
	// Base is the position of the snapshot that this one builds on: the chunks
	// not given are that one's. If not 0, saving conflicts unless the stored
	// snapshot stands there. Not set when loaded.
	Base       group.Position
	Position   group.Position
	Seq        group.Seq
	Head       []byte
	Chunks     []Chunk
	ChunkCount uint32
}

// Chunk is one part of a snapshot.
type Chunk struct {
	Index uint32
	Data  []byte
}

// Head is where a stream stands.
type Head struct {
	Position group.Position
	Seq      group.Seq
}

// Journal is the contract of storage. All methods may be called concurrently;
// commits are carried out one at a time. Byte slices handed out belong to the
// caller; those handed in are not kept after the call.
type Journal interface {
	// Commit stores a batch in one transaction and returns when it is durable.
	// Several appends of one stream stand in order. What ails one append is
	// reported in it, and as a conflict in later ones of its stream that build
	// on it; an error returned is the whole batch's: ErrFull (nothing stored),
	// ErrUnknown, ErrBroken, ErrClosed, or the context's.
	// An append without entries, for rows alone, is not checked against After.
	Commit(ctx context.Context, batch []*Append) error
	// View runs fn on a consistent, short-lived view of entries and rows. fn
	// must not call View or Commit, nor wait for who does. Errors: fn's, ErrBroken,
	// ErrClosed.
	View(fn func(Tx) error) error
	// Backup writes a consistent hot copy. Errors: w's, ErrBroken, ErrClosed.
	Backup(w io.Writer) error
	// Size is the number of bytes that storage takes on disk; 0 for memory.
	Size() int64
	// Epoch changes when numbering could not be continued (spec 18.2): for
	// memory with every process, on disk when a backup is restored.
	Epoch() string
	// Full reports disk-full mode and why (spec 19.15).
	Full() (full bool, reason string)
	Close() error
}

// Tx is a consistent view of a journal. It must not be used after View returns.
type Tx interface {
	// Head says where a stream stands; zero if it has no entries.
	Head(group.StreamID) Head
	// Read calls fn with the entries after a position in rising order, until fn
	// returns false.
	Read(s group.StreamID, after group.Position, fn func(Entry) bool) error
	// Range calls fn with the numbered entries from ≤ seq ≤ to, rising, or
	// falling if reverse.
	Range(s group.StreamID, from, to group.Seq, reverse bool, fn func(Entry) bool) error
	// Snapshot loads the newest snapshot with all its chunks in order; nil if none.
	Snapshot(group.StreamID) (*Snapshot, error)
	// Get returns a copy of a row's value, nil if there is none.
	Get(t Table, key []byte) []byte
	// Scan calls fn with the rows whose key has the prefix, from the key from
	// (nil = the first; with reverse: the last) on, rising or falling.
	// The slices are valid until fn returns.
	Scan(t Table, prefix, from []byte, reverse bool, fn func(key, value []byte) bool)
}

// WriteTx is a Tx in which row ops are carried out (see ApplyRows). Faults of
// storage are kept by the adapter and fail the commit.
type WriteTx interface {
	Tx
	Put(t Table, key, value []byte)
	Delete(t Table, key []byte)
	// Trim carries out OpTrim, Forget OpForget; both say how many entries went.
	Trim(s group.StreamID, upTo group.Seq, upToPosition group.Position, atMost int) int
	Forget(s group.StreamID, atMost int) int
}
