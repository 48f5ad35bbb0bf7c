package actors

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// hall is a group of ann and bob in which bob listens from now on.
func hall(t *testing.T) (*bed, *bedGroup, *link, *fakeConn) {
	t.Helper()
	b := newBed(t)
	g := b.group("hall", "ann", "bob")
	l, c := b.device("bob")
	b.live(l, "hall")
	return b, g, l, c
}

func TestFramesComeOnceAndInOrder(t *testing.T) {
	b, g, _, c := hall(t)
	g.say("ann", 3)
	b.settle()
	require.Equal(t, upTo(2, 4), seqs(c.take(), g.stream))
}

// A frame that a shard was not sent is read from storage, before the next one.
func TestHoleIsFilled(t *testing.T) {
	b, g, _, c := hall(t)
	g.stored("ann")
	g.stored("ann")
	g.say("ann", 1)
	b.deliver()
	require.Empty(t, seqs(c.take(), g.stream), "nothing may overtake what is missing")
	g.say("ann", 2)
	b.settle()
	require.Equal(t, upTo(2, 6), seqs(c.take(), g.stream))
}

// More than is held while a hole is filled is read as well.
func TestOverflowOfHeldFrames(t *testing.T) {
	b, g, _, c := hall(t)
	g.stored("ann")
	g.say("ann", 1)
	b.deliver()
	b.job().run() // the stream goes to 3
	mail := b.toShard.take()
	g.say("ann", maxHeld+50)
	b.deliver()
	for _, m := range mail {
		b.shard.handle(m)
	}
	b.settle()
	require.Equal(t, upTo(2, maxHeld+53), seqs(c.take(), g.stream))
	g.say("ann", 1)
	b.settle()
	require.Equal(t, []uint64{maxHeld + 54}, seqs(c.take(), g.stream))
}

// A restarted actor tells how far its stream goes: listeners who lack the last
// frames get them without waiting for another one.
func TestPoke(t *testing.T) {
	t.Run("live", func(t *testing.T) {
		b, g, _, c := hall(t)
		g.stored("ann")
		b.sys.delivery.poke(g.actor.aud, g.m.Seq())
		b.settle()
		require.Equal(t, []uint64{2}, seqs(c.take(), g.stream))
	})
	t.Run("while the listener catches up", func(t *testing.T) {
		b, g, l, c := hall(t)
		job := b.attach(l, from("hall", 1, g))
		job.run() // has looked: the stream goes to 1
		g.stored("ann")
		b.sys.delivery.poke(g.actor.aud, g.m.Seq())
		mail := b.toShard.take()
		b.shard.handle(mail[1])
		b.shard.handle(mail[0])
		b.settle()
		require.Equal(t, []uint64{2}, seqs(c.take(), g.stream))
	})
}

// The caller's connection has its message in the answer and is not sent it,
// also if it was catching up at that moment (spec 10.3).
func TestNotTheCallersConnection(t *testing.T) {
	b, g, l, c := hall(t)
	say := func() *held {
		h := g.stored("bob")
		h.call.session = l.session
		return h
	}
	g.tell(say())
	b.settle()
	require.Empty(t, c.take())

	job := b.attach(l, from("hall", 2, g))
	job.run() // has looked: what is decided from now on is held
	h := say()
	g.say("ann", 1)
	g.tell(h)
	mail := b.toShard.take()
	require.Len(t, mail, 3)
	for _, m := range []any{mail[2], mail[1], mail[0]} {
		b.shard.handle(m)
	}
	b.settle()
	require.Equal(t, []uint64{4}, seqs(c.take(), g.stream))
}

func TestDiscard(t *testing.T) {
	b, g, l, c := hall(t)
	set := func(r group.RemindType) {
		g.tell(g.do("bob", group.SetRemindType{Remind: r}, nil))
	}
	set(group.Discard)
	g.say("ann", 2)
	b.settle()
	require.Empty(t, seqs(c.take(), g.stream))
	set(group.AcceptNotify)
	g.say("ann", 1)
	b.settle()
	require.Equal(t, []uint64{4}, seqs(c.take(), g.stream))

	t.Run("told while catching up is newer than what was read", func(t *testing.T) {
		job := b.attach(l, from("hall", 4, g))
		job.run() // has read: not discarded
		set(group.Discard)
		mail := b.toShard.take()
		b.shard.handle(mail[1])
		b.shard.handle(mail[0])
		b.settle()
		g.say("ann", 1)
		b.settle()
		require.Empty(t, seqs(c.take(), g.stream))
	})
	t.Run("told while a hole is filled", func(t *testing.T) {
		set(group.AcceptNotify)
		b.settle()
		c.take()
		g.stored("ann")
		g.say("ann", 1)
		b.deliver()
		set(group.Discard)
		b.deliver()
		b.settle()
		c.take()
		g.say("ann", 1)
		b.settle()
		require.Empty(t, seqs(c.take(), g.stream))
	})
}

func invite(b *bed, g *bedGroup, by, user group.UserID) *held {
	b.t.Helper()
	return g.do(by, group.Invite{Users: []group.UserID{user}}, map[group.UserID]group.UserFact{
		user: {Exists: true}, by: {Exists: true},
	})
}

// Newcomers listen from the tip of their joining on if they attach groups
// joined later; others do not.
func TestNewcomers(t *testing.T) {
	for name, tc := range map[string]struct {
		attach *troupev1.Attach
		want   []uint64
	}{
		"rest":           {&troupev1.Attach{Rest: troupev1.Rest_REST_LIVE}, upTo(3, 4)},
		"inbox only":     {&troupev1.Attach{Inbox: &troupev1.InboxFrom{}}, nil},
		"never":          {nil, nil},
		"rest, detached": {&troupev1.Attach{Rest: troupev1.Rest_REST_LIVE}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b, g, _, _ := hall(t)
			l, c := b.device("cat")
			if tc.attach != nil {
				b.attach(l, tc.attach)
				b.settle()
			}
			if name == "rest, detached" {
				b.shard.handle(&detachAll{l})
			}
			g.say("ann", 1)
			g.tell(invite(b, g, "ann", "cat"))
			g.say("ann", 1)
			b.settle()
			require.Equal(t, tc.want, seqs(c.take(), g.stream))
		})
	}
}

// The device that joined listens to the group although it asked for nothing else.
func TestJoinersDevice(t *testing.T) {
	b, g, _, _ := hall(t)
	l, c := b.device("cat")
	other, oc := b.device("cat")
	for _, d := range []*link{l, other} {
		b.attach(d, &troupev1.Attach{Inbox: &troupev1.InboxFrom{}})
	}
	b.settle()
	c.take()
	oc.take()
	h := g.do("cat", group.Join{}, map[group.UserID]group.UserFact{"cat": {Exists: true}})
	h.call.session = l.session
	g.tell(h)
	g.say("ann", 1)
	b.settle()
	require.Equal(t, upTo(2, 3), seqs(c.take(), g.stream))
	require.Empty(t, seqs(oc.take(), g.stream))
}

// Who joined while its device attached "the rest" is attached, whether the
// group was found or the joining was told.
func TestRestMissesNoGroup(t *testing.T) {
	rest := &troupev1.Attach{Rest: troupev1.Rest_REST_LIVE}
	t.Run("joined and told between begin and look", func(t *testing.T) {
		b, g, _, _ := hall(t)
		l, c := b.device("cat")
		job := b.begin(l, rest)
		g.tell(invite(b, g, "ann", "cat"))
		b.deliver()
		b.register(l, job)
		b.settle()
		c.take()
		g.say("ann", 1)
		b.settle()
		require.Equal(t, []uint64{3}, seqs(c.take(), g.stream))
	})
	t.Run("joined and told between look and registration", func(t *testing.T) {
		b, g, _, _ := hall(t)
		l, c := b.device("cat")
		job := b.begin(l, rest)
		g.tell(invite(b, g, "ann", "cat"))
		b.deliver()
		// The look came before that: it has found nothing.
		b.shard.handle(&attachTo{link: l, job: job})
		g.say("ann", 1)
		b.settle()
		require.Equal(t, upTo(2, 3), seqs(c.take(), g.stream))
	})
}

func kick(g *bedGroup, user group.UserID) *held {
	return g.do("ann", group.Kick{Users: []group.UserID{user}}, nil)
}

// Who leaves gets the frame that says so, and nothing after it (spec 18.3).
func TestLeavers(t *testing.T) {
	t.Run("live", func(t *testing.T) {
		b, g, _, c := hall(t)
		g.tell(kick(g, "bob"))
		g.say("ann", 1)
		b.settle()
		require.Equal(t, []uint64{2}, seqs(c.take(), g.stream))
	})
	t.Run("while catching up", func(t *testing.T) {
		b, g, l, c := hall(t)
		g.say("ann", 100)
		b.settle()
		c.take()
		c.drain(0)
		job := b.attach(l, from("hall", 1, g))
		job.run()
		b.deliver() // the answer
		g.tell(kick(g, "bob"))
		g.say("ann", 5)
		b.deliver()
		b.settle()
		require.Empty(t, seqs(c.take(), g.stream), "there is no room")
		c.drain(20)
		b.settle()
		require.Equal(t, upTo(2, 102), seqs(c.take(), g.stream))
		require.Nil(t, l.subscription(g.stream))
	})
	t.Run("while a hole is filled", func(t *testing.T) {
		b, g, l, c := hall(t)
		g.stored("ann")
		g.say("ann", 1)
		b.deliver()
		g.tell(kick(g, "bob"))
		g.say("ann", 2)
		b.settle()
		require.Equal(t, upTo(2, 4), seqs(c.take(), g.stream))
		require.Nil(t, l.subscription(g.stream))
	})
	t.Run("while catching up, with a hole after it", func(t *testing.T) {
		b, g, l, c := hall(t)
		job := b.attach(l, from("hall", 1, g))
		job.run() // has looked
		mail := b.toShard.take()
		g.stored("ann")
		g.say("ann", 1)
		g.tell(kick(g, "bob"))
		b.deliver()
		for _, m := range mail {
			b.shard.handle(m)
		}
		g.say("ann", 1)
		b.settle()
		require.Equal(t, upTo(2, 4), seqs(c.take(), g.stream))
		require.Nil(t, l.subscription(g.stream))
	})
	t.Run("a hole filled before the shard knows", func(t *testing.T) {
		b, g, _, c := hall(t)
		g.stored("ann")
		g.say("ann", 1)
		b.deliver()
		h := kick(g, "bob")
		g.stored("ann")
		b.settle()
		g.tell(h)
		b.settle()
		require.Equal(t, upTo(2, 4), seqs(c.take(), g.stream))
	})
	t.Run("and comes back before the end was sent", func(t *testing.T) {
		b, g, l, c := hall(t)
		b.attach(l, &troupev1.Attach{Rest: troupev1.Rest_REST_LIVE})
		b.settle()
		c.take()
		c.drain(0)
		g.stored("ann")
		g.say("ann", 1)
		b.deliver()
		g.tell(kick(g, "bob"))
		g.say("ann", 1)
		g.tell(invite(b, g, "ann", "bob"))
		g.say("ann", 1)
		b.deliver()
		c.drain(100)
		b.settle()
		require.Equal(t, upTo(6, 7), seqs(c.take(), g.stream), "what was said meanwhile is not for bob")
	})
}

func TestDismissalEndsListening(t *testing.T) {
	b, g, l, _ := hall(t)
	_, before := g.actor.aud.last()
	require.Zero(t, before)
	require.Equal(t, 1, g.actor.aud.listeners())
	g.tell(g.do("ann", group.Dismiss{}, nil))
	b.settle()
	require.Nil(t, l.subscription(g.stream))
	require.Zero(t, g.actor.aud.listeners())
	require.Empty(t, b.shard.rooms)
}

// A connection that lags is detached from everything, at once: what a reader
// still brings is void, or a client that attaches again would miss what is
// between (spec 19.11).
func TestLagWhileCatchingUp(t *testing.T) {
	b, g, l, c := hall(t)
	g.say("ann", 200)
	b.settle()
	c.take()
	c.room = 10
	job := b.attach(l, from("hall", 1, g))
	job.run()
	b.deliver()
	b.job().run()
	b.deliver() // the first ten are sent
	c.deaf = true
	b.job().run() // ten more are on their way
	b.shard.handle(&detachAll{l})
	require.Len(t, c.lagging, 1)
	b.settle()
	require.Equal(t, upTo(2, 11), seqs(c.take(), g.stream))
	g.say("ann", 1)
	b.settle()
	require.Empty(t, seqs(c.take(), g.stream))

	c.room = 128
	b.attach(l, from("hall", 11, g))
	b.settle()
	require.Equal(t, upTo(12, 202), seqs(c.take(), g.stream))
}

// An attach that was under way when the connection lagged does not claim that
// its streams are attached.
func TestAttachUnderWayWhenLagging(t *testing.T) {
	for name, at := range map[string]func(b *bed, l *link, job *attachJob){
		"registered": func(b *bed, l *link, job *attachJob) {
			b.register(l, job)
			b.shard.handle(&detachAll{l})
		},
		"begun": func(b *bed, l *link, job *attachJob) {
			b.shard.handle(&detachAll{l})
			b.register(l, job)
		},
		"looked": func(b *bed, l *link, job *attachJob) {
			b.register(l, job)
			b.job().run()
			b.shard.handle(&detachAll{l})
		},
	} {
		t.Run(name, func(t *testing.T) {
			b, g, l, c := hall(t)
			c.deaf = true
			at(b, l, b.begin(l, from("hall", 1, g)))
			b.settle()
			a := answers(c.take())
			require.Len(t, a, 1)
			require.EqualValues(t, protocol.CodeUnavailable, a[0].GetCode())
			g.say("ann", 1)
			b.settle()
			require.Empty(t, seqs(c.take(), g.stream))
			require.Zero(t, g.actor.aud.listeners())
		})
	}
	t.Run("answered just before", func(t *testing.T) {
		b, g, l, c := hall(t)
		b.attach(l, from("hall", 1, g))
		c.deaf = true
		b.settle()
		require.Empty(t, answers(c.take()), "the answer is void with the streams")
	})
}

// A livestream that an attach has asked for before the connection lagged, and
// that says yes after it, is not listened to: nothing would end the wait.
func TestLivestreamOfAnAttachThatIsVoid(t *testing.T) {
	b, g, l, _ := hall(t)
	said := b.mailbox()
	_, entries := b.sys.directory.slice("stage")
	entries["stage"] = &groupEntry{id: "stage", pid: said.pid}
	job := &attachJob{
		sys: b.sys, session: l.session, link: l, lags: l.lags,
		streams: []attachStream{{group: "stage", live: true}},
	}
	job.askLive()
	b.shard.handle(&detachAll{l})
	for _, m := range said.take() {
		if m, ok := m.(*subscribeLive); ok {
			g.actor.subscribe(m.link, m.catch)
		}
	}
	b.deliver()
	require.Nil(t, l.subscription(g.stream))
	require.Zero(t, g.actor.aud.listeners())
}

// A second attach of a stream begins anew; the first one's frames stop.
func TestAttachAgainWhileCatchingUp(t *testing.T) {
	b, g, l, c := hall(t)
	g.stored("ann")
	for range 29 {
		g.stored("ann")
	}
	c.drain(10)
	g.say("ann", 1) // a hole: 2 to 31
	b.deliver()
	b.job().run()
	b.deliver() // ten are sent
	require.Equal(t, upTo(2, 11), seqs(c.take(), g.stream))
	b.attach(l, from("hall", 4, g))
	b.settle()
	require.Equal(t, upTo(5, 32), seqs(c.take(), g.stream))
}

// Storage that cannot be read is treated as lag: nothing is left out unnamed.
func TestUnreadableStream(t *testing.T) {
	b, g, l, c := hall(t)
	g.stored("ann")
	g.say("ann", 1)
	b.deliver()
	require.NoError(t, b.journal.Close())
	b.settle()
	require.Empty(t, seqs(c.take(), g.stream))
	var lag bool
	for _, m := range b.toSession.take() {
		_, is := m.(*lagged)
		lag = lag || is
	}
	require.True(t, lag)
	b.shard.handle(&detachAll{l})
	require.Len(t, c.lagging, 1)
}

// An attach that storage refused leaves nothing registered.
func TestAttachRefused(t *testing.T) {
	b := newBed(t)
	g, later := b.group("hall", "ann", "bob"), b.group("later", "ann")
	l, c := b.device("bob")
	m := from("hall", 1, g)
	m.Rest = troupev1.Rest_REST_LIVE
	job := b.begin(l, m)
	job.inbox = &troupev1.InboxFrom{}
	b.register(l, job)
	later.tell(invite(b, later, "ann", "bob"))
	b.deliver()
	require.NoError(t, b.journal.Close())
	b.settle()
	a := answers(c.take())
	require.Len(t, a, 1)
	require.EqualValues(t, protocol.CodeUnavailable, a[0].GetCode())
	require.Empty(t, l.subs)
	require.False(t, l.inbox.attached)
	require.False(t, l.attached)
	require.False(t, l.rest)
	require.Empty(t, b.shard.loose)
	require.Zero(t, g.actor.aud.listeners())
	require.Zero(t, later.actor.aud.listeners())
}

// What was attached before goes on after an attach that was refused: nobody
// has told the client that it is detached.
func TestRefusedAttachDetachesNothing(t *testing.T) {
	b, g, l, c := hall(t)
	b.attach(l, &troupev1.Attach{Inbox: &troupev1.InboxFrom{}})
	b.settle()
	g.say("ann", 1)
	b.settle()
	require.Equal(t, []uint64{2}, seqs(c.take(), g.stream))

	m := from("hall", 1, g)
	m.Inbox, m.Rest = &troupev1.InboxFrom{}, troupev1.Rest_REST_LIVE
	job := b.begin(l, m)
	b.register(l, job)
	g.say("ann", 2)
	b.deliver()
	job.fail()
	b.settle()
	g.say("ann", 1)
	b.settle()
	frames := c.take()
	require.EqualValues(t, protocol.CodeInternalError, answers(frames)[0].GetCode())
	require.Equal(t, upTo(3, 5), seqs(frames, g.stream))
	require.True(t, l.inbox.attached)
	require.Nil(t, l.inbox.catch)
	require.True(t, l.attached)
	require.False(t, l.rest)
	require.Contains(t, b.shard.loose, l)
}

// A group joined while an attach is under way that wants such groups is not
// attached once it is refused.
func TestRefusedRestIsNoRest(t *testing.T) {
	b, _, l, c := hall(t)
	later := b.group("later", "ann")
	job := b.begin(l, &troupev1.Attach{Rest: troupev1.Rest_REST_LIVE})
	later.tell(invite(b, later, "ann", "bob"))
	b.deliver()
	require.NotNil(t, l.subscription(later.stream))
	job.fail()
	b.settle()
	require.Nil(t, l.subscription(later.stream))
	require.Len(t, l.subs, 1)
	c.take()
	later.say("ann", 1)
	b.settle()
	require.Empty(t, c.take())
}

// What came meanwhile and has no number comes all the same: it is not stored.
func TestRefusedAttachLosesNothingUnnumbered(t *testing.T) {
	b, g, l, c := hall(t)
	b.attach(l, &troupev1.Attach{Inbox: &troupev1.InboxFrom{}})
	b.settle()
	c.take()
	m := from("hall", 1, g)
	m.Inbox = &troupev1.InboxFrom{}
	job := b.begin(l, m)
	b.register(l, job)
	g.tell(g.do("ann", group.UpdateProfile{MuteAll: proto.Bool(true)}, nil))
	g.tell(g.do("bob", group.SetRemindType{Remind: group.Discard}, nil))
	b.deliver()
	require.Empty(t, c.take())
	job.fail()
	b.settle()
	muted, changed := 0, 0
	frames := c.take()
	for _, f := range frames {
		if f.Message().GetEvent().GetGroupMuted() != nil {
			muted++
		}
		if f.Message().GetEvent().GetConversationChanged() != nil {
			changed++
		}
	}
	require.Equal(t, []int{1, 1}, []int{muted, changed})
	require.Equal(t, []uint64{2}, seqs(frames, g.stream))
}

// So does what waits for a hole to be filled when another attach begins.
func TestAttachDuringARefillLosesNothingUnnumbered(t *testing.T) {
	for _, refused := range []bool{false, true} {
		b, g, l, c := hall(t)
		b.attach(l, &troupev1.Attach{Inbox: &troupev1.InboxFrom{}})
		b.settle()
		c.take()
		g.stored("ann")
		g.say("ann", 1)
		g.tell(g.do("ann", group.UpdateProfile{MuteAll: proto.Bool(true)}, nil))
		b.deliver()
		require.NotNil(t, l.subscription(g.stream).catch, "it fills the hole")
		m := from("hall", 1, g)
		job := b.begin(l, m)
		b.register(l, job)
		if refused {
			job.fail()
		}
		b.settle()
		muted := 0
		frames := c.take()
		for _, f := range frames {
			if f.Message().GetEvent().GetGroupMuted() != nil {
				muted++
			}
		}
		require.Equal(t, upTo(2, 4), seqs(frames, g.stream))
		require.Equal(t, 1, muted, "refused: %v", refused)
	}
}

// What a livestream has said meanwhile is not lost by the refusal: nobody could
// read it.
func TestRefusedAttachOfALivestream(t *testing.T) {
	b := newBed(t)
	g := b.group("stage", "ann", "bob")
	l, c := b.device("bob")
	g.actor.subscribe(l, nil)
	job := &attachJob{
		sys: b.sys, session: l.session, link: l, req: &troupev1.Request{RequestId: "attach"},
		streams: []attachStream{{group: "stage", stream: g.stream, live: true, catch: &catchUp{}}},
	}
	g.actor.subscribe(l, job.streams[0].catch)
	b.deliver()
	g.say("ann", 2)
	b.deliver()
	require.Empty(t, seqs(c.take(), g.stream))
	job.fail()
	b.settle()
	require.Equal(t, []uint64{2, 3}, seqs(c.take(), g.stream))
}

// Streams that lack nothing go on at once; they do not wait for others whose
// frames find no room.
func TestQuietStreamsDoNotWait(t *testing.T) {
	b := newBed(t)
	busy, quiet := b.group("busy", "ann", "bob"), b.group("quiet", "ann", "bob")
	busy.say("ann", 50)
	b.deliver()
	l, c := b.device("bob")
	c.drain(0)
	m := from("busy", 1, busy)
	m.Groups = append(m.Groups, &troupev1.GroupFrom{GroupId: "quiet"})
	b.attach(l, m)
	b.settle()
	quiet.say("ann", 1)
	busy.say("ann", 1)
	b.settle()
	frames := c.take()
	require.Equal(t, []uint64{2}, seqs(frames, quiet.stream))
	require.Empty(t, seqs(frames, busy.stream))
	c.drain(7)
	b.settle()
	require.Equal(t, upTo(2, 52), seqs(c.take(), busy.stream))
}
