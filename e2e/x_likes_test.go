package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// like gives likes and tells what counted, and the sum.
func (s *stage) like(p *peer, n uint32) []uint64 {
	s.t.Helper()
	r := p.ok(&troupev1.SendLike{GroupId: s.g, Count: n}).GetSendLike()
	return []uint64{uint64(r.GetCounted()), r.GetLikes()}
}

// likes is what the profile shows.
func (s *stage) likes(p *peer) uint64 {
	s.t.Helper()
	return p.ok(&troupev1.GetGroupProfiles{GroupIds: []string{s.g}}).GetGetGroupProfiles().GetGroups()[0].GetGroup().GetLikes()
}

// told waits for room_counters and gives likes and audience of those that came
// since it was asked last.
func (p *peer) told(most int) []uint64 {
	p.t.Helper()
	for began := time.Now(); len(p.counters) == 0; p.fence() {
		require.Less(p.t, time.Since(began), patience, "%s: no counters", p.user)
	}
	p.fence()
	require.LessOrEqual(p.t, len(p.counters), most, "%s: %v", p.user, p.counters)
	c := p.counters[len(p.counters)-1]
	p.counters = nil
	return []uint64{c.GetLikes(), uint64(c.GetAudienceCount())}
}

// quiet asserts that no counters have come.
func quiet(peers ...*peer) {
	for _, p := range peers {
		p.t.Helper()
		p.fence()
		require.Empty(p.t, p.counters, "%s", p.user)
	}
}

func TestLikes(t *testing.T) {
	t.Parallel()
	t.Run("X-071", func(t *testing.T) {
		s := newStage(t, "", []string{"ann", "ben"})
		ann, ben := s.voices["ann"].peer, s.voices["ben"].peer
		require.Equal(t, []uint64{60, 60}, s.like(ann, 60))
		require.Equal(t, []uint64{40, 100}, s.like(ann, 60), "of one user 100 a second count")
		require.Equal(t, []uint64{0, 100}, s.like(ann, 100))
		require.Equal(t, []uint64{1, 101}, s.like(ben, 1))
		for _, n := range []uint32{0, 101} {
			require.Equal(t, "count", ann.code(10004, &troupev1.SendLike{GroupId: s.g, Count: n}).GetDetails().GetField())
		}
		s.advance(time.Second)
		require.Equal(t, []uint64{100, 201}, s.like(ann, 100))
		again := request(&troupev1.SendLike{GroupId: s.g, Count: 3})
		for range 2 {
			require.EqualValues(t, 204, ben.send(again).GetSendLike().GetLikes(), "a repeat counts once")
		}
		require.EqualValues(t, 204, s.likes(s.out))
		s.out.code(11004, &troupev1.SendLike{GroupId: s.g, Count: 1})
		s.device("root", "").code(11004, &troupev1.SendLike{GroupId: s.g, Count: 1})
		g := ann.create(troupev1.Kind_KIND_CUSTOM, "")
		ann.code(10008, &troupev1.SendLike{GroupId: g, Count: 1})
		require.EqualValues(t, 204, s.likes(ann))
		silent(s.everybody...)
	})
	t.Run("switched off", func(t *testing.T) {
		s := newStage(t, "", []string{"ann"}, policy("livestream", "counters", "no"))
		s.voices["ann"].code(10008, &troupev1.SendLike{GroupId: s.g, Count: 1})
		s.advance(2 * time.Second)
		quiet(s.everybody...)
	})
}

func TestRoomCounters(t *testing.T) {
	t.Parallel()
	t.Run("X-072", func(t *testing.T) {
		s := newStage(t, "", []string{"ann", "ben"})
		ann, ben := s.voices["ann"].peer, s.voices["ben"].peer
		for _, p := range s.everybody {
			require.Equal(t, []uint64{0, 4}, p.told(1), "with the tip over the arrivals")
		}
		s.advance(5 * time.Second)
		quiet(s.everybody...)

		// From the first change on one a second, with the newest values.
		for range 5 {
			s.like(ann, 1)
			s.like(ben, 2)
			s.advance(199 * time.Millisecond)
		}
		quiet(s.everybody...)
		s.advance(5 * time.Millisecond)
		for _, p := range s.everybody {
			require.Equal(t, []uint64{15, 4}, p.told(1))
		}
		s.like(ann, 1)
		s.advance(999 * time.Millisecond)
		quiet(s.everybody...)
		second := s.world.guest(s.g)
		s.advance(time.Millisecond)
		for _, p := range append(s.everybody, second) {
			require.Equal(t, []uint64{16, 5}, p.told(1), p.user)
		}
		s.advance(3 * time.Second)
		quiet(append(s.everybody, second)...)

		ben.ok(&troupev1.LeaveGroup{GroupId: s.g})
		ben.ok(&troupev1.JoinGroup{GroupId: s.g})
		s.advance(2 * time.Second)
		quiet(s.everybody...)
		ben.ok(&troupev1.LeaveGroup{GroupId: s.g})
		s.advance(time.Second)
		require.Equal(t, []uint64{16, 4}, ann.told(1))
		s.advance(3 * time.Second)

		// A change waits for the tip that is folding, and goes with it.
		s.like(ann, 1)
		s.advance(800 * time.Millisecond)
		ben.ok(&troupev1.JoinGroup{GroupId: s.g})
		s.advance(499 * time.Millisecond)
		quiet(ann, ben)
		s.advance(time.Millisecond)
		require.Equal(t, []uint64{17, 5}, ann.told(1))
		require.Equal(t, []uint64{17, 5}, ben.told(1))
		// A second after it at the earliest, with a tip or without.
		ben.ok(&troupev1.LeaveGroup{GroupId: s.g})
		s.advance(999 * time.Millisecond)
		quiet(ann)
		s.advance(time.Millisecond)
		require.Equal(t, []uint64{17, 4}, ann.told(1))
		quiet(s.out, ben)
	})
}

// crash ends the server without a word and starts it on the same data.
func (s *stage) crash() {
	s.t.Helper()
	for _, p := range s.peers {
		_ = p.conn.Abort()
	}
	s.peers = nil
	s.srv.Kill()
	s.boot()
}

// stored is what storage has of the likes.
func (s *stage) stored() (n uint64) {
	s.t.Helper()
	require.NoError(s.t, s.srv.Journal().View(func(tx persistence.Tx) error {
		name, _, err := persistence.LookupGroup(tx, group.ID(s.g))
		n = persistence.Likes(tx, name.Stream)
		return err
	}))
	return n
}

func TestLikesStored(t *testing.T) {
	t.Parallel()
	t.Run("X-073", func(t *testing.T) {
		s := newStage(t, "", []string{"ann"})
		require.Equal(t, []uint64{7, 7}, s.like(s.voices["ann"].peer, 7))
		s.restart()
		host := s.device("host", "")
		require.EqualValues(t, 7, s.likes(host), "an orderly stop loses none")
		host.ok(&troupev1.JoinGroup{GroupId: s.g})
		require.Equal(t, []uint64{5, 12}, s.like(host, 5))
		s.clock.Advance(10 * time.Second)
		require.Eventually(t, func() bool { return s.stored() == 12 }, patience, time.Millisecond, "stored after 10 s")
		require.Equal(t, []uint64{1, 13}, s.like(host, 1))
		s.clock.Advance(9 * time.Second)
		s.settle()
		require.EqualValues(t, 12, s.stored(), "not more often")
		s.crash()
		host = s.device("host", "")
		require.EqualValues(t, 12, s.likes(host), "a crash loses what is newer")

		host.ok(&troupev1.DismissGroup{GroupId: s.g})
		s.advance(11 * time.Second)
		require.Zero(t, s.stored(), "they end with the group")
	})
}
