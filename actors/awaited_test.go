package actors

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// rest attaches all.
func rest() *troupev1.Attach { return &troupev1.Attach{Rest: troupev1.Rest_REST_LIVE} }

// An attach at which an actor fails is refused, and the next one is none the
// worse for it.
func TestFailureDuringAnAttach(t *testing.T) {
	for _, c := range []struct {
		name  string
		point FaultPoint
		n     int64
		code  int32
	}{
		{"registry", FaultWhereIs, 1, 20005},
		{"shard, inbox", FaultAttach, 1, 20005},
		{"shard, streams", FaultAttach, 2, 20005},
		{"shard, answer", FaultAttach, 3, 20005},
		{"livestream", FaultSubscribe, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			ann, bob := r.login("ann", ""), r.listen("bob")
			bob.ok(create(troupev1.Kind_KIND_CUSTOM, "g", "ann"))
			bob.ok(create(troupev1.Kind_KIND_LIVESTREAM, "live"))
			for _, e := range []*end{ann, bob} {
				e.ok(&troupev1.JoinGroup{GroupId: "live"})
			}
			r.settle()
			r.panicAt(c.point, c.n)
			ann.code(c.code, rest())
			r.settle()
			ann.ok(rest())
			ann.heard()
			for _, group := range []string{"g", "live"} {
				bob.ok(text(group))
				require.Contains(t, ann.heard(), "m", group)
			}
		})
	}
}

// So is one that is answered and brings what is missing: all is detached, and the
// client is told.
func TestFailureDuringACatchUp(t *testing.T) {
	r := newRig(t)
	ann, bob := r.login("ann", ""), r.listen("bob")
	bob.ok(create(troupev1.Kind_KIND_CUSTOM, "g", "ann"))
	a := ann.ok(&troupev1.Attach{Groups: []*troupev1.GroupFrom{{GroupId: "g"}}})
	last := &troupev1.GroupFrom{GroupId: "g", LastSeq: proto.Uint64(1), Epoch: a.GetAttach().GetGroups()[0].GetEpoch()}
	bob.ok(text("g"))
	r.settle()
	ann.take()

	r.panicAt(FaultFeed, 1)
	ann.ok(&troupev1.Attach{Groups: []*troupev1.GroupFrom{last}})
	require.Equal(t, "", ann.heard())
	require.Len(t, ann.lagging, 1)
	ann.ok(&troupev1.Attach{Groups: []*troupev1.GroupFrom{last}})
	bob.ok(text("g"))
	require.Equal(t, "m2 m3", ann.heard())
}

// A login at which the registry fails can be repeated, on its connection too.
func TestFailureDuringALogin(t *testing.T) {
	r := newRig(t)
	r.panicAt(FaultSignIn, 1)
	ann := r.connect()
	for range 2 {
		ann.code(11033, &troupev1.Login{UserId: "ann", DeviceId: "d"})
		r.settle()
		r.panicAt(FaultSignIn, 1)
	}
	r.faults.Store(func(FaultPoint) {})
	ann.ok(&troupev1.Login{UserId: "ann", DeviceId: "d"})
	ann.ok(rest())
	ann.ok(create(troupev1.Kind_KIND_CUSTOM, "g"))
	require.Contains(t, ann.heard(), "n6")
	require.Zero(t, ann.closed())
}

// What was attached goes on after an attach that was refused.
func TestAttachedStreamsOutliveARefusal(t *testing.T) {
	for _, c := range []struct {
		name  string
		point FaultPoint
		n     int64
	}{
		{"registry", FaultWhereIs, 1},
		{"shard, inbox", FaultAttach, 1},
		{"shard, streams", FaultAttach, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			ann, bob := r.listen("ann"), r.listen("bob")
			bob.ok(create(troupev1.Kind_KIND_LIVESTREAM, "live"))
			for _, e := range []*end{ann, bob} {
				e.ok(&troupev1.JoinGroup{GroupId: "live"})
			}
			ann.heard()
			r.panicAt(c.point, c.n)
			ann.code(20005, rest())
			bob.ok(create(troupev1.Kind_KIND_CUSTOM, "g", "ann"))
			require.Contains(t, ann.heard(), "t1", "groups joined later")
			for _, group := range []string{"g", "live"} {
				bob.ok(text(group))
				require.Contains(t, ann.heard(), "m", group)
			}
			bob.ok(&troupev1.KickMembers{GroupId: "g", UserIds: []string{"ann"}})
			require.Contains(t, ann.heard(), "n", "the inbox")
		})
	}
}

// A livestream whose users cannot be found out after a failure refuses until
// they can, and has not forgotten them then.
func TestFailureWhilePresenceIsAsked(t *testing.T) {
	r := newRig(t)
	ann, bob := r.listen("ann"), r.listen("bob")
	ann.ok(create(troupev1.Kind_KIND_LIVESTREAM, "live"))
	for _, e := range []*end{ann, bob} {
		e.ok(&troupev1.JoinGroup{GroupId: "live"})
	}
	r.advance(time.Second) // arrivals are told
	bob.heard()

	var decided, asked atomic.Bool
	r.faults.Store(func(p FaultPoint) {
		if p == FaultDecide && !decided.Swap(true) || p == FaultWhoIsIn && !asked.Swap(true) {
			panic("injected fault")
		}
	})
	ann.code(11033, text("live"))
	r.settle()
	require.True(t, asked.Load())
	ann.code(11033, text("live"))
	r.advance(time.Second + time.Millisecond)
	ann.ok(text("live"))
	ann.ok(text("live"))
	bob.ok(text("live"))
	require.Equal(t, "m2 m3", bob.heard())
}

// An attach has it found out anew, as any call does: after a failure there may
// be nothing but attaches.
func TestAttachAfterPresenceWasNotKnown(t *testing.T) {
	r := newRig(t)
	ann := r.listen("ann")
	ann.ok(create(troupev1.Kind_KIND_LIVESTREAM, "live"))
	ann.ok(&troupev1.JoinGroup{GroupId: "live"})
	r.advance(time.Second) // arrivals are told
	var decided, asked atomic.Bool
	r.faults.Store(func(p FaultPoint) {
		if p == FaultDecide && !decided.Swap(true) || p == FaultWhoIsIn && !asked.Swap(true) {
			panic("injected fault")
		}
	})
	ann.code(11033, text("live"))
	r.settle()
	require.True(t, asked.Load())

	attach := func() *troupev1.StreamState {
		a := ann.ok(&troupev1.Attach{Groups: []*troupev1.GroupFrom{{GroupId: "live"}}})
		return a.GetAttach().GetGroups()[0]
	}
	require.EqualValues(t, protocol.CodeUnavailable, attach().GetCode())
	r.clock.Advance(time.Second + time.Millisecond)
	require.Zero(t, attach().GetCode())
}

// A shard that fails at a notice to everybody keeps it from its own users alone.
func TestFailureWhileEverybodyIsTold(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Shards = 4 })
	ann := r.listen("ann")
	var names []string
	var ends []*end
	for i := range 16 {
		names = append(names, fmt.Sprint("user", i))
		ends = append(ends, r.listen(names[i]))
	}
	ann.ok(create(troupev1.Kind_KIND_CUSTOM, "g", names...))
	r.settle()
	for _, e := range ends {
		e.take()
	}
	r.panicAt(FaultEveryone, 1)
	ann.ok(&troupev1.DismissGroup{GroupId: "g"})
	told := 0
	for _, e := range ends {
		if strings.Contains(e.heard(), "n5") {
			told++
		}
	}
	require.Positive(t, told)
	require.Less(t, told, len(ends), "a shard failed")
}

// A guest whose room its shard fails to end does not wait for ever.
func TestFailureWhileAGuestLeaves(t *testing.T) {
	for _, op := range []proto.Message{&troupev1.GuestLeave{}, &troupev1.Login{UserId: "ann", DeviceId: "d"}} {
		r, host := show(t)
		g := r.guest("show")
		require.Equal(t, 2, host.audience("show"))
		r.panicAt(FaultUnlink, 1)
		g.post(op)
		g.closes(protocol.CloseInternal)
		require.Equal(t, 1, host.audience("show"))
	}
}

// A group whose listeners could not be compared after a failure refuses until
// they are: who was removed does not go on listening.
func TestFailureWhileListenersAreCompared(t *testing.T) {
	for _, n := range []int64{1, 2} {
		r := newRig(t, func(c *Config) { c.Shards = 1 })
		ann, bob := r.listen("ann"), r.listen("bob")
		ann.ok(create(troupev1.Kind_KIND_CUSTOM, "g", "bob"))
		bob.heard()
		var released atomic.Bool
		var left atomic.Int64
		left.Store(n)
		r.faults.Store(func(p FaultPoint) {
			if p == FaultRelease && !released.Swap(true) || p == FaultRecheck && left.Add(-1) == 0 {
				panic("injected fault")
			}
		})
		ann.code(11033, &troupev1.KickMembers{GroupId: "g", UserIds: []string{"bob"}})
		r.settle()
		require.LessOrEqual(t, left.Load(), int64(0))
		ann.code(11033, text("g"))
		r.clock.Advance(time.Second + time.Millisecond)
		ann.ok(text("g"))
		require.NotContains(t, bob.heard(), "m")
	}
}
