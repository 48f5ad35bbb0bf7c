package actors

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Ids rise with time and never meet, in whatever quantities they are taken.
func TestIDs(t *testing.T) {
	clock := clockwork.NewFakeClockAt(start)
	i := &ids{clock: clock}
	require.Less(t, i.next(1), uint64(1)<<53)
	first := i.next(300)
	require.Equal(t, first+300, i.next(1))
	require.Equal(t, first+301, i.next(1))
	clock.Advance(time.Millisecond)
	later := i.next(1)
	require.Greater(t, later, first+301)
	clock.Advance(-time.Hour)
	require.Greater(t, i.next(1), later, "though the clock goes back")

	// More than fit in a millisecond.
	var mu sync.Mutex
	var all sync.WaitGroup
	seen := map[uint64]bool{}
	for range 4 {
		all.Go(func() {
			for range 3000 {
				n := i.next(2)
				mu.Lock()
				if seen[n] || seen[n+1] {
					t.Errorf("%d was given twice", n)
				}
				seen[n], seen[n+1] = true, true
				mu.Unlock()
			}
		})
	}
	all.Wait()
}

// Two incarnations of groups never share a stream, also if the server is
// started within the same millisecond, or with a clock that went back.
func TestStreamsAcrossRestarts(t *testing.T) {
	r := newRig(t)
	streams := map[group.StreamID]string{}
	for life, back := range []time.Duration{0, 0, time.Hour, 24 * time.Hour} {
		if life > 0 {
			r.stop()
			r.clock.Advance(-back)
			r.boot()
		}
		ann := r.listen("ann")
		for n := range 5 {
			id := fmt.Sprintf("g%d-%d", life, n)
			ann.ok(create(troupev1.Kind_KIND_CUSTOM, id))
			ann.ok(text(id))
			r.settle()
			stream := r.streamOf(id)
			require.Empty(t, streams[stream], "stream of %s", id)
			streams[stream] = id
		}
	}
	require.Len(t, streams, 20)
}

// The id of a group without one follows from user and request.
func TestGroupIDs(t *testing.T) {
	i := &ids{epoch: "e"}
	id := i.groupID(group.Work, "ann", "r1")
	require.Equal(t, id, i.groupID(group.Work, "ann", "r1"))
	require.Nil(t, protocol.CheckGroupID(string(id)))
	for _, other := range []group.ID{
		i.groupID(group.Work, "ann", "r2"), i.groupID(group.Work, "bob", "r1"), i.groupID(group.Public, "ann", "r1"),
		i.groupID(group.Work, "an", "nr1"), (&ids{epoch: "f"}).groupID(group.Work, "ann", "r1"),
	} {
		require.NotEqual(t, id, other)
	}
}

func TestRequestHash(t *testing.T) {
	require.Equal(t, requestHash("ann", "r1"), requestHash("ann", "r1"))
	require.NotEqual(t, requestHash("ann", "r1"), requestHash("an", "nr1"))
	for n := range 1000 {
		require.NotZero(t, requestHash("ann", fmt.Sprint(n)))
	}
}
