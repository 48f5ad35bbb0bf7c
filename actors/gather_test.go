package actors

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// fullHall is a group that gathers, with three listeners; bob's writer takes
// blocks when the test says so.
func fullHall(t *testing.T) (b *bed, g *bedGroup, bob, cat, dan *fakeConn) {
	t.Helper()
	b = newBed(t)
	b.sys.cfg.GatherAbove = 2
	g = b.group("hall", "ann", "bob", "cat", "dan")
	for user, c := range map[group.UserID]**fakeConn{"bob": &bob, "cat": &cat, "dan": &dan} {
		var l *link
		l, *c = b.device(user)
		b.live(l, "hall")
	}
	bob.lazy = true
	return b, g, bob, cat, dan
}

func TestGatherDuringAPass(t *testing.T) {
	b, g, bob, cat, _ := fullHall(t)
	g.say("ann", 1)
	b.deliver()
	require.Equal(t, []uint64{2}, seqs(cat.take(), g.stream), "the first waits only for what has come with it")
	g.say("ann", 3)
	b.deliver()
	require.Empty(t, cat.take())
	require.EqualValues(t, 1, b.sys.gathering.Load())
	bob.write()
	b.deliver()
	require.Equal(t, upTo(3, 5), seqs(cat.take(), g.stream))
	require.Equal(t, upTo(2, 5), seqs(bob.take(), g.stream))
	require.Equal(t, []int{1, 3}, cat.blocks)
	require.Zero(t, b.sys.gathering.Load())
	bob.write()
	b.deliver()
	g.say("ann", 1)
	b.deliver()
	require.Equal(t, []int{1, 3, 1}, cat.blocks, "nothing is under way any more")
}

// lap is a group of three whose listeners, in this order, are legs of their own.
func lap(t *testing.T) (b *bed, g *bedGroup, conns []*fakeConn) {
	t.Helper()
	b = newBed(t)
	b.sys.cfg.GatherAbove, b.shard.legs = 2, 1
	g = b.group("hall", "ann", "bob", "cat", "dan")
	for _, user := range []group.UserID{"bob", "cat", "dan"} {
		l, c := b.device(user)
		b.live(l, "hall")
		c.lazy = true
		conns = append(conns, c)
	}
	g.say("ann", 1)
	b.deliver()
	return b, g, conns
}

// Each leg is given all that it lacks when its turn comes: nobody waits for the
// end of a lap.
func TestLegs(t *testing.T) {
	b, g, conns := lap(t)
	heard := func(want ...[]int) {
		t.Helper()
		for i, c := range conns {
			require.Equal(t, want[i], c.blocks, "%d", i)
		}
	}
	heard([]int{1}, nil, nil)
	g.say("ann", 2)
	b.deliver()
	heard([]int{1}, nil, nil)
	conns[0].write()
	b.deliver()
	heard([]int{1}, []int{3}, nil)
	g.say("ann", 1)
	b.deliver()
	conns[1].write()
	b.deliver()
	heard([]int{1}, []int{3}, []int{4})
	conns[2].write()
	b.deliver()
	heard([]int{1, 3}, []int{3}, []int{4})
	require.EqualValues(t, 1, b.sys.gathering.Load())
	conns[0].write()
	b.deliver()
	heard([]int{1, 3}, []int{3, 1}, []int{4})
	conns[1].write()
	b.deliver()
	heard([]int{1, 3}, []int{3, 1}, []int{4})
	require.Zero(t, b.sys.gathering.Load())
	require.Nil(t, b.shard.rooms[g.stream].pass)
	for _, c := range conns {
		c.write()
		require.Equal(t, upTo(2, 5), seqs(c.take(), g.stream))
	}
}

// The last listener takes the place of one who goes: if the lap has been there,
// it is given what it lacks at once.
func TestGoneDuringALap(t *testing.T) {
	b, g, conns := lap(t)
	g.say("ann", 1)
	b.deliver()
	b.shard.handle(&removeLink{link: b.shard.users["bob"][0]})
	b.deliver()
	require.Equal(t, upTo(2, 3), seqs(conns[2].take(), g.stream))
	conns[0].write()
	b.settle()
	require.Equal(t, []int{2}, conns[1].blocks)
	conns[1].write()
	b.settle()
	require.Zero(t, b.sys.gathering.Load())
	require.Nil(t, b.shard.rooms[g.stream].pass)
}

// What a group tells in one go is one block.
func TestGatherInATurn(t *testing.T) {
	b, g, _, cat, _ := fullHall(t)
	g.say("ann", 2)
	require.Empty(t, cat.take())
	b.deliver()
	require.Equal(t, []int{2}, cat.blocks)
	require.Equal(t, upTo(2, 3), seqs(cat.take(), g.stream))
	require.Zero(t, b.sys.gathering.Load())
}

// Who has something waiting does not take part in the pass, so it cannot hold
// the others up.
func TestGatherDoesNotWaitForTheSlow(t *testing.T) {
	b, g, bob, cat, dan := fullHall(t)
	g.say("ann", 1)
	b.deliver()
	b.shard.flush(b.shard.rooms[g.stream])
	g.say("ann", mostGathered)
	b.deliver()
	require.Equal(t, []int{1, mostGathered}, cat.blocks, "enough has gathered")
	g.say("ann", 2)
	b.deliver()
	b.deliver()
	require.Equal(t, upTo(2, mostGathered+4), seqs(cat.take(), g.stream))
	require.Equal(t, upTo(2, mostGathered+4), seqs(dan.take(), g.stream))
	require.Len(t, bob.passes, 1, "still the first")
	bob.write()
	b.deliver()
	require.Equal(t, upTo(2, mostGathered+4), seqs(bob.take(), g.stream))
}

// Where queues are short, blocks are.
func TestGatherFitsTheQueues(t *testing.T) {
	b, g, bob, cat, _ := fullHall(t)
	b.sys.cfg.Announce = &troupev1.Limits{QueueFrames: 20, QueueBytes: 1 << 20}
	g.say("ann", 8)
	b.deliver()
	require.Equal(t, []int{5}, cat.blocks)
	bob.write()
	b.settle()
	require.Equal(t, []int{5, 3}, cat.blocks)
	require.Equal(t, upTo(2, 9), seqs(cat.take(), g.stream))
}

// A busy room may be told to wait a little for more.
func TestGatherFor(t *testing.T) {
	b, g, _, cat, dan := fullHall(t)
	b.sys.cfg.GatherFor = 20 * time.Millisecond
	dan.lazy = true
	g.say("ann", 1)
	b.deliver()
	require.Len(t, cat.take(), 1)
	g.say("ann", 1)
	b.deliver()
	for _, c := range []*fakeConn{dan, b.shard.users["bob"][0].conn.(*fakeConn)} {
		c.write()
	}
	b.deliver()
	require.Empty(t, cat.take())
	g.say("ann", 1)
	b.deliver()
	require.Empty(t, cat.take())
	b.clock.Advance(20 * time.Millisecond)
	require.Eventually(t, func() bool {
		b.deliver()
		return len(cat.blocks) == 2
	}, patience, time.Millisecond)
	require.Equal(t, upTo(3, 4), seqs(cat.take(), g.stream))
}

// What happens to a listener comes after what gathered before it.
func TestGatheredComesBeforeWhatFollows(t *testing.T) {
	during := func(t *testing.T, do func(*bed, *bedGroup)) (b *bed, g *bedGroup, cat, dan *fakeConn) {
		b, g, bob, cat, dan := fullHall(t)
		g.say("ann", 1)
		b.deliver()
		g.say("ann", 2)
		do(b, g)
		g.say("ann", 1)
		b.deliver()
		bob.write()
		b.settle()
		return b, g, cat, dan
	}
	t.Run("leaving", func(t *testing.T) {
		_, g, cat, dan := during(t, func(_ *bed, g *bedGroup) { g.tell(g.do("cat", group.Leave{}, nil)) })
		require.Equal(t, upTo(2, 5), seqs(cat.take(), g.stream), "up to the tip of leaving")
		require.Equal(t, upTo(2, 6), seqs(dan.take(), g.stream))
	})
	t.Run("discarding messages", func(t *testing.T) {
		_, g, cat, dan := during(t, func(_ *bed, g *bedGroup) {
			g.tell(g.do("cat", group.SetRemindType{Remind: group.Discard}, nil))
		})
		require.Equal(t, upTo(2, 4), seqs(cat.take(), g.stream))
		require.Equal(t, upTo(2, 5), seqs(dan.take(), g.stream))
	})
	t.Run("the end of the group", func(t *testing.T) {
		b, g, bob, cat, _ := fullHall(t)
		g.say("ann", 1)
		b.deliver()
		g.say("ann", 2)
		g.tell(g.do("ann", group.Dismiss{}, nil))
		b.deliver()
		require.Equal(t, upTo(2, 4), seqs(cat.take(), g.stream))
		bob.write()
		b.deliver()
		require.Empty(t, b.shard.rooms)
		require.Zero(t, b.sys.gathering.Load())
	})
	t.Run("the poke of a restarted actor", func(t *testing.T) {
		_, g, cat, _ := during(t, func(b *bed, g *bedGroup) { b.sys.delivery.poke(g.actor.aud, g.m.Seq()) })
		require.Equal(t, upTo(2, 5), seqs(cat.take(), g.stream))
	})
}

// crowdStep is one thing that happens in a random story.
type crowdStep struct{ what, who int }

// TestGatheringChangesNothing plays random stories to a shard that gathers and
// to one that does not: every connection must be sent the same frames in the
// same order. What was gathered for a connection when it went may be missing.
func TestGatheringChangesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) crowdStep {
			return crowdStep{rapid.IntRange(0, 10).Draw(t, "what"), rapid.IntRange(0, 3).Draw(t, "who")}
		}), 1, 60).Draw(rt, "steps")
		plain := playCrowd(t, 1000, mostInLeg, steps)
		// With 4 a room gathers and does not by turns.
		above, legs := rapid.SampledFrom([]int{1, 4}).Draw(rt, "above"), rapid.SampledFrom([]int{1, 2, mostInLeg}).Draw(rt, "legs")
		gathered := playCrowd(t, above, legs, steps)
		for i := range plain {
			if plain[i].gone {
				require.GreaterOrEqual(rt, len(plain[i].got), len(gathered[i].got))
				plain[i].got = plain[i].got[:len(gathered[i].got)]
			}
			if fmt.Sprint(plain[i].got) != fmt.Sprint(gathered[i].got) {
				rt.Fatalf("connection %d: %v, with gathering %v", i, plain[i].got, gathered[i].got)
			}
		}
	})
}

type heardBy struct {
	got  []string
	gone bool
}

func playCrowd(t *testing.T, above, legs int, steps []crowdStep) []heardBy {
	b := newBed(t)
	b.sys.cfg.GatherAbove, b.shard.legs = above, legs
	users := []group.UserID{"ann", "bob", "cat", "dan"}
	g := b.group("hall", users...)
	type device struct {
		*link
		*fakeConn
		heardBy
	}
	var all []*device
	connect := func(user group.UserID) {
		l, c := b.device(user)
		c.lazy = len(all)%2 == 0
		b.live(l, "hall")
		all = append(all, &device{link: l, fakeConn: c})
	}
	for _, u := range users {
		connect(u)
	}
	in := map[group.UserID]bool{"ann": true, "bob": true, "cat": true, "dan": true}
	discards := map[group.UserID]bool{}
	for _, s := range steps {
		user := users[s.who]
		switch s.what {
		case 0, 1, 2:
			h := g.stored("ann")
			h.call.session = all[s.who].session
			g.tell(h)
		case 3:
			b.deliver()
		case 4:
			for _, d := range all {
				d.write()
			}
			b.deliver()
		case 5:
			if s.who > 0 && in[user] {
				g.tell(g.do(user, group.Leave{}, nil))
				in[user] = false
			}
		case 6:
			if !in[user] {
				g.tell(g.do("ann", group.Invite{Users: []group.UserID{user}}, map[group.UserID]group.UserFact{user: {Exists: true}}))
				in[user], discards[user] = true, false
			}
		case 7:
			if in[user] {
				discards[user] = !discards[user]
				remind := group.AcceptNotify
				if discards[user] {
					remind = group.Discard
				}
				g.tell(g.do(user, group.SetRemindType{Remind: remind}, nil))
			}
		case 8:
			b.settle()
			if in[user] {
				connect(user)
			}
		case 9:
			if d := all[s.who]; !d.heardBy.gone {
				b.shard.handle(&removeLink{link: d.link})
				d.heardBy.gone = true
			}
		case 10:
			// Anew, from now on: a device that attaches twice.
			if d := all[s.who]; !d.heardBy.gone && in[user] {
				b.attach(d.link, &troupev1.Attach{Groups: []*troupev1.GroupFrom{{GroupId: "hall"}}})
			}
		}
	}
	b.settle()
	for laps := 0; laps < 3 || b.sys.gathering.Load() > 0; laps++ {
		require.Less(t, laps, 1000, "the room does not come to rest")
		for _, d := range all {
			d.write()
		}
		b.settle()
	}
	out := make([]heardBy, len(all))
	for i, d := range all {
		for _, f := range d.take() {
			d.got = append(d.got, fmt.Sprint(f.Class, f.Stream == g.stream, f.Seq))
		}
		out[i] = d.heardBy
	}
	return out
}

// A shard that fails while it begins a pass loses what it was about to bring,
// as with any failure, and nothing else: who was collected is written, and the
// room goes on.
func TestGatherSurvivesAFailure(t *testing.T) {
	for name, small := range map[string]bool{"a pass": false, "a small room": true} {
		t.Run(name, func(t *testing.T) {
			b, g, bob, cat, dan := fullHall(t)
			bob.lazy = false
			if small {
				b.sys.cfg.GatherAbove = 4
			}
			r := b.shard.rooms[g.stream]
			r.subs[1].conn.(*fakeConn).broken = true
			g.say("ann", 1)
			require.Panics(t, b.deliver)
			r.subs[1].conn.(*fakeConn).broken = false
			b.deliver()
			require.Nil(t, r.pass)
			b.sys.cfg.GatherAbove = 2
			g.say("ann", 2)
			b.settle()
			require.Zero(t, b.sys.gathering.Load())
			for _, c := range []*fakeConn{bob, cat, dan} {
				require.Subset(t, seqs(c.take(), g.stream), upTo(3, 4))
			}
		})
	}
	t.Run("a block", func(t *testing.T) {
		b, g, bob, cat, dan := fullHall(t)
		g.say("ann", 1)
		b.deliver()
		g.say("ann", 3)
		b.deliver()
		r := b.shard.rooms[g.stream]
		broken := r.subs[2].conn.(*fakeConn)
		broken.broken = true
		bob.lazy = false
		bob.write()
		require.Panics(t, b.deliver)
		require.Zero(t, b.sys.gathering.Load())
		broken.broken = false
		b.deliver()
		g.say("ann", 1)
		b.settle()
		for _, c := range []*fakeConn{bob, cat, dan} {
			got := seqs(c.take(), g.stream)
			require.Equal(t, uint64(6), got[len(got)-1])
			if c != broken {
				require.Equal(t, upTo(2, 6), got)
			}
		}
		require.Nil(t, r.pass)
	})
}

// Who attaches anew has been brought what gathered before: an attach from now
// on, or to a livestream, passes over what has a lower number.
func TestGatheredComesBeforeAnAttach(t *testing.T) {
	for name, attach := range map[string]func(*bed, *bedGroup, *link){
		"a group": func(b *bed, _ *bedGroup, l *link) {
			b.attach(l, &troupev1.Attach{Groups: []*troupev1.GroupFrom{{GroupId: "hall"}}})
		},
		"a livestream": func(b *bed, g *bedGroup, l *link) {
			g.actor.aud.counts[0].Add(1)
			c := &catchUp{}
			b.shard.handle(&subscribe{link: l, aud: g.actor.aud, after: g.m.Seq(), catch: c})
			b.shard.caughtUp(l, &mark{stream: g.stream, catch: c, after: uint64(g.m.Seq())})
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, g, bob, cat, _ := fullHall(t)
			g.say("ann", 3)
			b.deliver()
			attach(b, g, b.shard.users["cat"][0])
			b.settle()
			bob.lazy = false
			bob.write()
			g.say("ann", 1)
			b.settle()
			require.Equal(t, upTo(2, 5), seqs(cat.take(), g.stream))
		})
	}
}
