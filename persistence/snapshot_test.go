package persistence_test

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	recordv1 "github.com/troupe-im/troupe/persistence/record/v1"
)

func snapshots() *rapid.Generator[*group.Snapshot] {
	return rapid.Custom(func(t *rapid.T) *group.Snapshot {
		s := rapid.Make[group.Snapshot]().Draw(t, "snapshot")
		records := s.Head.Records[:0]
		for _, r := range s.Head.Records {
			if r != nil {
				records = append(records, r)
			}
		}
		s.Head.Records = records
		for i := range s.Chunks {
			members := s.Chunks[i].Members[:0]
			for _, m := range s.Chunks[i].Members {
				if m.User != "" {
					members = append(members, m)
				}
			}
			s.Chunks[i].Members = members
		}
		return &s
	})
}

func TestSnapshotSurvives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := snapshots().Draw(t, "snapshot")
		stored := persistence.EncodeSnapshot(s)
		got, err := persistence.DecodeSnapshot(stored)
		require.NoError(t, err)
		if diff := cmp.Diff(s, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("changed (-drawn +decoded):\n%s", diff)
		}
		require.Equal(t, stored, persistence.EncodeSnapshot(got))

		var head recordv1.SnapshotHead
		require.NoError(t, proto.Unmarshal(stored.Head[1:], &head))
		requireKnown(t, head.ProtoReflect())
		for _, c := range stored.Chunks {
			var chunk recordv1.MemberChunk
			require.NoError(t, proto.Unmarshal(c.Data[1:], &chunk))
			requireKnown(t, chunk.ProtoReflect())
		}
	})
}

func TestSnapshotLosesNoField(t *testing.T) {
	var s group.Snapshot
	full(reflect.ValueOf(&s).Elem())
	got, err := persistence.DecodeSnapshot(persistence.EncodeSnapshot(&s))
	require.NoError(t, err)
	require.Equal(t, &s, got)
}

func TestSnapshotLeavesEmptyPlacesOut(t *testing.T) {
	s := &group.Snapshot{ChunkCount: 2, Chunks: []group.MemberChunk{
		{Index: 0, Members: []group.MemberState{{User: "ann", Order: 1}, {Order: 2}, {User: "cid", Order: 3}}},
		{Index: 1},
	}}
	got, err := persistence.DecodeSnapshot(persistence.EncodeSnapshot(s))
	require.NoError(t, err)
	require.Equal(t, []group.MemberChunk{
		{Index: 0, Members: []group.MemberState{{User: "ann", Order: 1}, {User: "cid", Order: 3}}},
		{Index: 1},
	}, got.Chunks)
}

func TestCorruptSnapshots(t *testing.T) {
	good := persistence.EncodeSnapshot(&group.Snapshot{Head: group.HeadState{Group: "g"}})
	tests := map[string]*persistence.Snapshot{
		"no head":        {},
		"broken head":    {Head: []byte{1, 0xff}},
		"broken chunk":   {Head: good.Head, Chunks: []persistence.Chunk{{Data: []byte{1, 0x0a, 9, 1}}}},
		"broken member":  {Head: good.Head, Chunks: []persistence.Chunk{{Data: []byte{1, 0x0a, 2, 0x0a, 9}}}},
		"chunk of old":   {Head: good.Head, Chunks: []persistence.Chunk{{Data: []byte{0}}}},
		"a number in it": {Head: good.Head, Chunks: []persistence.Chunk{{Data: []byte{1, 0x08, 1}}}},
	}
	for name, s := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := persistence.DecodeSnapshot(s)
			require.ErrorIs(t, err, persistence.ErrCorrupt)
		})
	}
}

func FuzzDecodeSnapshot(f *testing.F) {
	var s group.Snapshot
	full(reflect.ValueOf(&s).Elem())
	stored := persistence.EncodeSnapshot(&s)
	f.Add(stored.Head, stored.Chunks[0].Data)
	f.Add([]byte{1}, []byte{1})
	f.Fuzz(func(t *testing.T, head, chunk []byte) {
		got, err := persistence.DecodeSnapshot(&persistence.Snapshot{Head: head, ChunkCount: 1, Chunks: []persistence.Chunk{{Data: chunk}}})
		if err != nil {
			require.ErrorIs(t, err, persistence.ErrCorrupt)
			return
		}
		for i := range got.Chunks {
			got.Chunks[i].Members = deleteEmpty(got.Chunks[i].Members)
		}
		again, err := persistence.DecodeSnapshot(persistence.EncodeSnapshot(got))
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(got, again, cmpopts.EquateEmpty()))
	})
}

func deleteEmpty(list []group.MemberState) []group.MemberState {
	kept := list[:0]
	for _, m := range list {
		if m.User != "" {
			kept = append(kept, m)
		}
	}
	return kept
}

// crowd is a snapshot of a group with n members in chunks of 128.
func crowd(n int) *group.Snapshot {
	s := &group.Snapshot{Position: 9, Head: group.HeadState{Group: "crowd", Stream: 1, Kind: group.Community, LastOrder: uint64(n)}}
	for i := 0; i < n; i++ {
		if i%128 == 0 {
			s.Chunks = append(s.Chunks, group.MemberChunk{Index: s.ChunkCount})
			s.ChunkCount++
		}
		c := &s.Chunks[len(s.Chunks)-1]
		c.Members = append(c.Members, group.MemberState{
			User: group.UserID(fmt.Sprintf("user-%06d", i)), Name: fmt.Sprintf("User Number %d", i), Avatar: "https://example.org/a.png",
			Order: uint64(i + 1), JoinTime: 1_700_000_000_000, JoinSeq: group.Seq(i), JoinTip: true, Role: group.Member,
		})
	}
	return s
}

func BenchmarkEncodeSnapshot(b *testing.B) {
	s := crowd(100_000)
	b.ReportAllocs()
	for b.Loop() {
		persistence.EncodeSnapshot(s)
	}
}

func BenchmarkDecodeSnapshot(b *testing.B) {
	stored := persistence.EncodeSnapshot(crowd(100_000))
	b.ReportAllocs()
	for b.Loop() {
		_, err := persistence.DecodeSnapshot(stored)
		require.NoError(b, err)
	}
}

func BenchmarkWakeCrowd(b *testing.B) {
	stored := persistence.EncodeSnapshot(crowd(100_000))
	table, limits := group.DefaultTable(), group.DefaultLimits()
	b.ReportAllocs()
	for b.Loop() {
		s, err := persistence.DecodeSnapshot(stored)
		require.NoError(b, err)
		_, err = group.Restore(table, limits, s)
		require.NoError(b, err)
	}
}
