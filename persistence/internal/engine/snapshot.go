package engine

import (
	"encoding/binary"
	"fmt"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// snapshotFixed is the size of position, seq and chunk count before the head.
const snapshotFixed = 8 + 8 + 4

func chunkKey(s group.StreamID, index uint32) []byte {
	return binary.BigEndian.AppendUint32(persistence.StreamKey(s), index)
}

// builds reports whether the stored snapshot is the one that a new one builds
// on: two actors of one group may lay members out differently.
func (t *WriteTx) builds(a *persistence.Append) bool {
	if a.Snapshot == nil || a.Snapshot.Base == 0 {
		return true
	}
	stored := t.w.Get(Snapshots, persistence.StreamKey(a.Stream))
	return len(stored) >= snapshotFixed && group.Position(binary.BigEndian.Uint64(stored)) == a.Snapshot.Base
}

// snapshot replaces a stream's snapshot unless a newer one is stored.
func (t *WriteTx) snapshot(a *persistence.Append) {
	s := a.Snapshot
	if s == nil {
		return
	}
	key := persistence.StreamKey(a.Stream)
	stored := uint32(0)
	if old := t.w.Get(Snapshots, key); len(old) >= snapshotFixed {
		if group.Position(binary.BigEndian.Uint64(old)) > s.Position {
			return
		}
		stored = binary.BigEndian.Uint32(old[16:])
	}
	value := make([]byte, 0, snapshotFixed+len(s.Head))
	value = binary.BigEndian.AppendUint64(value, uint64(s.Position))
	value = binary.BigEndian.AppendUint64(value, uint64(s.Seq))
	value = binary.BigEndian.AppendUint32(value, s.ChunkCount)
	t.w.Put(Snapshots, key, append(value, s.Head...))
	for i := range s.Chunks {
		t.w.Put(Chunks, chunkKey(a.Stream, s.Chunks[i].Index), s.Chunks[i].Data)
	}
	for i := s.ChunkCount; i < stored; i++ {
		t.w.Delete(Chunks, chunkKey(a.Stream, i))
	}
}

// Snapshot implements persistence.Tx.
func (t *Tx) Snapshot(s group.StreamID) (*persistence.Snapshot, error) {
	value := t.r.Get(Snapshots, persistence.StreamKey(s))
	if value == nil {
		return nil, nil
	}
	if len(value) < snapshotFixed {
		return nil, fmt.Errorf("%w: snapshot of stream %d", persistence.ErrCorrupt, s)
	}
	snap := &persistence.Snapshot{
		Position:   group.Position(binary.BigEndian.Uint64(value)),
		Seq:        group.Seq(binary.BigEndian.Uint64(value[8:])),
		ChunkCount: binary.BigEndian.Uint32(value[16:]),
		Head:       clone(value[snapshotFixed:]),
	}
	t.r.Seek(Chunks, persistence.StreamKey(s), nil, false, func(key, value []byte) bool {
		index := binary.BigEndian.Uint32(key[8:])
		if index >= snap.ChunkCount {
			return false
		}
		snap.Chunks = append(snap.Chunks, persistence.Chunk{Index: index, Data: clone(value)})
		return true
	})
	if len(snap.Chunks) != int(snap.ChunkCount) {
		return nil, fmt.Errorf("%w: snapshot of stream %d has %d of %d chunks",
			persistence.ErrCorrupt, s, len(snap.Chunks), snap.ChunkCount)
	}
	return snap, nil
}
