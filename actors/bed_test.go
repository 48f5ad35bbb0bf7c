package actors

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/jonboulle/clockwork"
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/internal/warm"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/memory"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// patience bounds every wait; a test that meets it has failed.
const patience = 60 * time.Second

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fakeConn keeps what it is given.
type fakeConn struct {
	id     uint64
	remote netip.Addr

	mu      sync.Mutex
	frames  []*protocol.Frame
	lagging []*protocol.Frame
	code    int
	// room is what Room says; the frames waiting are not counted.
	room    int
	waiting []func()
	// deaf: level pull, numbered frames are refused.
	deaf bool
	// lazy: the writer takes blocks when the test says so.
	lazy   bool
	passes []*Pass
	// blocks are how many frames came as one.
	blocks []int
	// broken: who gives it something fails.
	broken bool
}

func newConn(id uint64) *fakeConn { return &fakeConn{id: id, room: 128} }

func (c *fakeConn) ID() uint64            { return c.id }
func (c *fakeConn) Codec() protocol.Codec { return protocol.Binary }
func (c *fakeConn) Remote() netip.Addr    { return c.remote }
func (c *fakeConn) SignedIn()             {}

func (c *fakeConn) Push(f *protocol.Frame) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code != 0 || c.deaf && (f.Class == protocol.ClassNumbered || f.Attaches) {
		return false
	}
	c.frames = append(c.frames, f)
	return true
}

func (c *fakeConn) PushIn(f *protocol.Frame, _ *Pass) bool {
	c.fail()
	return c.Push(f)
}

func (c *fakeConn) fail() {
	if c.broken {
		panic("broken")
	}
}

func (c *fakeConn) PushBlock(b *protocol.Block, p *Pass) {
	c.fail()
	c.mu.Lock()
	c.blocks = append(c.blocks, len(b.Frames()))
	if c.lazy && len(c.passes) == 0 {
		p.Wait()
		c.passes = append(c.passes, p)
	}
	c.mu.Unlock()
	for _, f := range b.Frames() {
		c.Push(f)
	}
}

// write lets a lazy connection's writer take what there is.
func (c *fakeConn) write() {
	c.mu.Lock()
	passes := c.passes
	c.passes = nil
	c.mu.Unlock()
	for _, p := range passes {
		p.Taken()
	}
}

func (c *fakeConn) Room() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.room
}

func (c *fakeConn) WhenRoom(fn func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = append(c.waiting, fn)
}

func (c *fakeConn) Lagged(_, lagging *protocol.Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deaf = false
	c.lagging = append(c.lagging, lagging)
}

func (c *fakeConn) Close(code int, _ string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.code == 0 {
		c.code = code
	}
}

// drain gives room and calls who waited for it.
func (c *fakeConn) drain(room int) {
	c.mu.Lock()
	waiting := c.waiting
	c.room, c.waiting = room, nil
	c.mu.Unlock()
	for _, fn := range waiting {
		fn()
	}
}

// take gives the frames and forgets them.
func (c *fakeConn) take() []*protocol.Frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	frames := c.frames
	c.frames = nil
	return frames
}

// seqs are the numbers of the frames of a stream, 0 = the inbox.
func seqs(frames []*protocol.Frame, stream group.StreamID) []uint64 {
	var out []uint64
	for _, f := range frames {
		if f.Stream == stream && f.Seq != 0 {
			out = append(out, f.Seq)
		}
	}
	return out
}

func upTo(from, to uint64) []uint64 {
	var out []uint64
	for n := from; n <= to; n++ {
		out = append(out, n)
	}
	return out
}

// answers are the answers among the frames.
func answers(frames []*protocol.Frame) []*troupev1.Answer {
	var out []*troupev1.Answer
	for _, f := range frames {
		if a := f.Message().GetAnswer(); a != nil {
			out = append(out, a)
		}
	}
	return out
}

// mailbox stands in for an actor: it keeps what it is sent.
type mailbox struct {
	bed  *bed
	pid  *actor.PID
	mail []any // owned by its actor; read behind a fence
}

type fence struct{ passed chan []any }

func (m *mailbox) Receive(ctx actor.Context) {
	switch msg := ctx.Message().(type) {
	case actor.SystemMessage, actor.AutoReceiveMessage, *actor.Started:
	case fence:
		mail := m.mail
		m.mail = nil
		msg.passed <- mail
	default:
		m.mail = append(m.mail, msg)
	}
}

// take gives what has been sent so far.
func (m *mailbox) take() []any {
	f := fence{make(chan []any, 1)}
	m.bed.sys.root.Send(m.pid, f)
	select {
	case mail := <-f.passed:
		return mail
	case <-time.After(patience):
		require.FailNow(m.bed.t, "the mailbox does not answer")
		return nil
	}
}

// bed runs one shard by hand: its mail, its jobs and its connections stand
// still until the test moves them.
type bed struct {
	t       *testing.T
	sys     *System
	clock   *clockwork.FakeClock
	journal *memory.Journal
	shard   *shard
	// toShard, toSession and toRegistry are what was sent there.
	toShard, toSession, toRegistry *mailbox
	groups                         map[group.ID]*bedGroup
	conns                          uint64
}

func newBed(t *testing.T) *bed {
	t.Helper()
	clock := clockwork.NewFakeClockAt(start)
	b := &bed{t: t, clock: clock, journal: memory.New(), groups: map[group.ID]*bedGroup{}}
	cfg := DefaultConfig(1)
	cfg.Shards = 1
	b.sys = &System{
		tickets: newTickets(0),
		cfg:     cfg, journal: b.journal, table: group.DefaultTable(), limits: group.DefaultLimits(), clock: clock,
		log: slog.New(slog.DiscardHandler), metrics: newMetrics(nil), epoch: "e", boot: "b",
		dispatcher: dispatcher{warm.New(1)},
		ids:        &ids{clock: clock, epoch: "e"}, readers: newReaders(0),
	}
	b.sys.actors = actor.NewActorSystem(actor.WithLoggerFactory(b.sys.quiet))
	b.sys.root = b.sys.actors.Root
	b.sys.directory = newDirectory(b.sys)
	b.sys.groups = b.mailbox().pid
	b.toShard, b.toSession, b.toRegistry = b.mailbox(), b.mailbox(), b.mailbox()
	b.sys.delivery = &delivery{sys: b.sys, audiences: map[group.StreamID]*audience{}, shards: []*actor.PID{b.toShard.pid}}
	b.sys.registries = []*actor.PID{b.toRegistry.pid}
	b.shard = newShard(b.sys, 0)
	b.sys.committer = newCommitter(b.journal, 100, 0, b.sys.log, b.sys.metrics)
	t.Cleanup(func() {
		b.sys.committer.close()
		b.sys.actors.Shutdown()
		b.sys.dispatcher.Close()
	})
	return b
}

func (b *bed) mailbox() *mailbox {
	m := &mailbox{bed: b}
	m.pid = b.sys.root.Spawn(actor.PropsFromProducer(func() actor.Actor { return m }))
	return m
}

// deliver has the shard deal with all it was sent, up to the end of its rooms'
// turns; what else it told itself meanwhile stays.
func (b *bed) deliver() {
	for _, m := range b.toShard.take() {
		b.shard.handle(m)
	}
	for _, m := range b.toShard.take() {
		if turned, ok := m.(*roomTurned); ok {
			b.shard.handle(turned)
		} else {
			b.sys.root.Send(b.toShard.pid, m)
		}
	}
}

// job takes the next job off the readers' queue; nil if there is none.
func (b *bed) job() job {
	r := b.sys.readers
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.queue) == 0 {
		return nil
	}
	j := r.queue[0]
	r.queue = r.queue[1:]
	return j
}

// unqueue takes a certain job off the queue.
func (b *bed) unqueue(which any) {
	b.t.Helper()
	r := b.sys.readers
	r.mu.Lock()
	defer r.mu.Unlock()
	at := slices.IndexFunc(r.queue, func(j job) bool { return j == which })
	require.GreaterOrEqual(b.t, at, 0, "the job does not wait")
	r.queue = slices.Delete(r.queue, at, at+1)
}

// settle runs jobs and mail until nothing is left.
func (b *bed) settle() {
	b.t.Helper()
	for range 10_000 {
		b.deliver()
		j := b.job()
		if j == nil {
			b.deliver()
			if j = b.job(); j == nil {
				return
			}
		}
		j.run()
	}
	require.FailNow(b.t, "it does not come to rest")
}

// device makes a connection of a user, known to the shard.
func (b *bed) device(user group.UserID) (*link, *fakeConn) {
	b.conns++
	c := newConn(b.conns)
	s := &session{sys: b.sys, conn: c, pid: b.toSession.pid, user: user, phase: phaseSignedIn}
	l := &link{id: c.id, conn: c, session: s, user: user}
	s.link = l
	b.shard.handle(&addLink{l})
	return l, c
}

// attach has the shard and the readers carry out an attach; the job stands
// where the shard has registered it. What the session does is done here.
func (b *bed) attach(l *link, m *troupev1.Attach) *attachJob {
	b.t.Helper()
	job := b.begin(l, m)
	b.register(l, job)
	return job
}

func (b *bed) begin(l *link, m *troupev1.Attach) *attachJob {
	b.t.Helper()
	req := &troupev1.Request{RequestId: "attach", Op: &troupev1.Request_Attach{Attach: m}}
	job := &attachJob{
		sys: b.sys, session: l.session, link: l, req: req,
		inbox: m.GetInbox(), rest: m.GetRest() == troupev1.Rest_REST_LIVE,
	}
	b.shard.handle(&attachBegin{link: l, job: job})
	return job
}

func (b *bed) register(l *link, job *attachJob) {
	b.t.Helper()
	for _, m := range b.toRegistry.take() {
		if w, ok := m.(*whereIs); ok {
			w.then(nil)
		}
	}
	b.unqueue(job)
	job.run()
	b.deliver()
}

// live attaches groups from now on, and forgets the answer.
func (b *bed) live(l *link, groups ...group.ID) {
	b.t.Helper()
	m := &troupev1.Attach{}
	for _, id := range groups {
		m.Groups = append(m.Groups, &troupev1.GroupFrom{GroupId: string(id)})
	}
	b.attach(l, m)
	b.settle()
	c := l.conn.(*fakeConn)
	a := answers(c.take())
	require.Len(b.t, a, 1)
	require.Zero(b.t, a[0].GetCode())
}

// from attaches a group from a number on.
func from(id group.ID, last uint64, g *bedGroup) *troupev1.Attach {
	epoch := g.bed.sys.epochOf(g.stream)
	return &troupev1.Attach{Groups: []*troupev1.GroupFrom{{GroupId: string(id), LastSeq: &last, Epoch: epoch}}}
}

// bedGroup is a group whose commands are decided and stored by hand.
type bedGroup struct {
	bed    *bed
	actor  *groupActor
	stream group.StreamID
	m      *group.Machine
}

// group makes a custom group of users, all of them registered.
func (b *bed) group(id group.ID, users ...group.UserID) *bedGroup {
	b.t.Helper()
	g := &bedGroup{bed: b, m: group.NewMachine(b.sys.table, b.sys.limits), stream: b.sys.ids.stream()}
	b.groups[id] = g
	entry := &groupEntry{id: id}
	g.actor = &groupActor{sys: b.sys, entry: entry, stream: g.stream, machine: g.m, aud: b.sys.delivery.hold(g.stream, id)}
	facts := map[group.UserID]group.UserFact{}
	create := group.Create{Group: id, Kind: group.Custom, Stream: g.stream}
	for i, u := range users {
		facts[u] = group.UserFact{Exists: true}
		if i > 0 {
			create.InitialMembers = append(create.InitialMembers, group.InitialMember{User: u})
		}
	}
	g.tell(g.do(users[0], create, facts))
	return g
}

// do decides and stores a command; what follows from it is not yet told.
func (g *bedGroup) do(user group.UserID, cmd group.Command, facts map[group.UserID]group.UserFact) *held {
	b := g.bed
	b.t.Helper()
	in := &group.Input{
		Caller: group.Caller{User: user}, Command: cmd, Now: group.Millis(b.sys.now()), Facts: facts,
		NextID: b.sys.ids.application(10), Request: b.sys.ids.next(1),
	}
	h := &held{call: &call{group: g.actor.entry.id, input: *in}, decision: g.m.Step(in)}
	require.Nil(b.t, h.decision.Reject, "%T", cmd)
	h.position, h.seq = g.m.Position(), g.m.Seq()
	n := journalled(h.decision.Events)
	a := &persistence.Append{Stream: g.stream, After: h.position - group.Position(n), Rows: persistence.RowsOf(g.m, &h.decision)}
	for _, e := range h.decision.Events {
		a.Entries = append(a.Entries, persistence.Entry{Position: e.Position, Seq: e.Seq, Data: persistence.EncodeEvent(e)})
	}
	require.NoError(b.t, b.journal.Commit(context.Background(), []*persistence.Append{a}))
	require.NoError(b.t, a.Err)
	h.rows = a
	return h
}

// tell posts the effects of a stored command to the shard.
func (g *bedGroup) tell(h *held) { g.bed.sys.delivery.release(g.actor, h) }

// say stores and posts n messages of a user.
func (g *bedGroup) say(user group.UserID, n int) {
	g.bed.t.Helper()
	for range n {
		g.tell(g.stored(user))
	}
}

// stored stores one message and tells nobody.
func (g *bedGroup) stored(user group.UserID) *held {
	g.bed.t.Helper()
	return g.do(user, group.Send{
		Elements: []group.Element{{Type: group.ElementText, Text: "x"}},
	}, nil)
}
