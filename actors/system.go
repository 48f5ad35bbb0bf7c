package actors

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/jonboulle/clockwork"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/internal/warm"
	"github.com/troupe-im/troupe/persistence"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Config are the runtime's settings. Zero values are not usable; start from
// DefaultConfig.
type Config struct {
	// Shards is the number of delivery shards and of registries; 1 to 64.
	Shards int
	// Readers is the number of goroutines that read history and lists.
	Readers int
	// GroupQueue is how many calls may wait for one group before callers hear busy.
	GroupQueue int
	// AppendsInFlight bounds the commits of one group under way.
	AppendsInFlight int
	// BatchAppends bounds one storage transaction.
	BatchAppends int
	// SnapshotEvery is the number of events after which a group is snapshotted.
	SnapshotEvery int
	// PassivateAfter is how long an unused group stays awake.
	PassivateAfter time.Duration
	// SweepEvery is the period of the sweeper: timers, presence, tokens. At
	// most 2 s for the promises of spec 19.17 (c).
	SweepEvery time.Duration
	// BusyRetry is what a caller that was refused busy is told to wait.
	BusyRetry time.Duration
	// Unanswered requests per connection (spec 18.6: 64).
	Unanswered int
	// MessagesPerSecond and MessagesBurst per user and group (10 and 20); 0 = no limit.
	MessagesPerSecond, MessagesBurst int
	// DevicesPerUser (spec 12.1: 10).
	DevicesPerUser int
	// OfflineAfter is how long presence outlives the last connection (60 s).
	OfflineAfter time.Duration
	// AttachGroups per call (500) and ResumeFrames per stream (200) (spec 18.3).
	AttachGroups, ResumeFrames int
	// TicketLife is how long a resume ticket is good (spec 19.12: 10 min); 0 =
	// none are given.
	TicketLife time.Duration
	// Heartbeat is announced to clients (30 s).
	Heartbeat time.Duration
	// GatherAbove: rooms with so many listeners in one shard are passed over in
	// blocks (default 100); below, every frame goes at once.
	GatherAbove int
	// GatherFor is the least time between two blocks of such a room while it is
	// busy, 0 to 100 ms: longer joins more frames into one write, and delays
	// them. 0 (default): as long as the writers need for the one before.
	GatherFor time.Duration
	// Bans is how many there may be (spec 19.13: 100 000).
	Bans int
	// SelfDeletion: users may delete their own account (spec 19.14).
	SelfDeletion bool
	// Announce are the limits told in the answer to login (spec 19.16).
	Announce *troupev1.Limits
}

// DefaultConfig gives the defaults of the spec for a number of processors.
func DefaultConfig(processors int) Config {
	return Config{
		Shards: min(max(2*processors, 1), 64), Readers: 4, GroupQueue: 8192, AppendsInFlight: 64, BatchAppends: 8192,
		SnapshotEvery: 1000, PassivateAfter: 10 * time.Minute, SweepEvery: 2 * time.Second,
		BusyRetry: 200 * time.Millisecond, Unanswered: 64, MessagesPerSecond: 10, MessagesBurst: 20,
		DevicesPerUser: 10, OfflineAfter: time.Minute, AttachGroups: 500, ResumeFrames: 200, GatherAbove: 100,
		Bans: 100_000, TicketLife: 10 * time.Minute, Heartbeat: 30 * time.Second, Announce: &troupev1.Limits{Profile: "default"},
	}
}

// Validate names the first value that cannot work.
func (c *Config) Validate() error {
	for _, v := range []struct {
		name      string
		ok        bool
		permitted string
	}{
		{"shards", c.Shards >= 1 && c.Shards <= 64, "1 to 64"},
		{"readers", c.Readers >= 1, "1 or more"},
		{"group_queue", c.GroupQueue >= 1, "1 or more"},
		{"appends_in_flight", c.AppendsInFlight >= 1, "1 or more"},
		{"batch_appends", c.BatchAppends >= 1, "1 or more"},
		{"snapshot_every", c.SnapshotEvery >= 1, "1 or more"},
		{"sweep_every", c.SweepEvery > 0 && c.SweepEvery <= 2*time.Second, "more than 0, at most 2 s"},
		{"unanswered", c.Unanswered >= 1, "1 or more"},
		{"devices_per_user", c.DevicesPerUser >= 1, "1 or more"},
		{"attach_groups", c.AttachGroups >= 1, "1 or more"},
		{"gather_above", c.GatherAbove >= 1, "1 or more"},
		{"gather_for", c.GatherFor >= 0 && c.GatherFor <= 100*time.Millisecond, "0 to 100 ms"},
		{"resume_frames", c.ResumeFrames >= 0, "0 or more"},
		{"ticket_life", c.TicketLife >= 0, "0 or more"},
		{"bans", c.Bans >= 1, "1 or more"},
	} {
		if !v.ok {
			return fmt.Errorf("%s: must be %s", v.name, v.permitted)
		}
	}
	return nil
}

// Deps is what the runtime is given.
type Deps struct {
	Journal persistence.Journal
	Table   *group.Table
	Limits  group.Limits
	Auth    Authenticator
	Clock   clockwork.Clock
	Logger  *slog.Logger
	// Registerer may be nil: no metrics.
	Registerer prometheus.Registerer
	// Epoch names the store; it changes when a backup is restored.
	Epoch string
	// Faults, if set, is called at the points named; a test makes it panic.
	Faults func(FaultPoint)
}

// FaultPoint names a place where tests make an actor fail.
type FaultPoint string

// The fault points.
const (
	FaultDecide    FaultPoint = "decide"
	FaultApply     FaultPoint = "apply"
	FaultRelease   FaultPoint = "release"
	FaultSubscribe FaultPoint = "subscribe"
	FaultSession   FaultPoint = "session"
	FaultOpen      FaultPoint = "open"
	FaultWhereIs   FaultPoint = "where_is"
	FaultWhoIsIn   FaultPoint = "who_is_in"
	FaultAttach    FaultPoint = "attach"
	FaultFeed      FaultPoint = "feed"
	FaultSignIn    FaultPoint = "sign_in"
	FaultEveryone  FaultPoint = "everyone"
	FaultUnlink    FaultPoint = "unlink"
	FaultRecheck   FaultPoint = "recheck"
)

// System runs the actors of one server.
type System struct {
	cfg     Config
	journal persistence.Journal
	table   *group.Table
	limits  group.Limits
	auth    Authenticator
	clock   clockwork.Clock
	log     *slog.Logger
	metrics *metrics
	epoch   string
	boot    string
	faults  func(FaultPoint)

	actors     *actor.ActorSystem
	root       *actor.RootContext
	groups     *actor.PID
	registries []*actor.PID
	directory  *directory
	delivery   *delivery
	committer  *committer
	readers    *readers
	ids        *ids
	tickets    *tickets
	authority  authority
	decrees    *actor.PID
	tries      tries
	deletions  deletions
	deleter    *deleter

	dispatcher   dispatcher
	sessionProps *actor.Props
	opening      sync.Mutex // Open and the producer it calls
	opened       *session

	calls      atomic.Uint64 // ever sent to group actors
	gathering  atomic.Int64  // rooms in which frames wait for a pass to end
	told       atomic.Uint64 // messages ever sent to sessions
	untaken    atomic.Int64  // of these, what sessions have not dealt with
	awake      atomic.Int64  // group actors that have not stopped
	background sync.WaitGroup

	sweeping sync.WaitGroup
	stop     chan struct{}
	stopOnce sync.Once
	running  atomic.Bool
}

// ErrNotRunning means that the system was not started, or is stopping.
var ErrNotRunning = errors.New("not running")

// New makes a system; Start starts it.
func New(cfg Config, d Deps) (*System, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	var boot [5]byte
	_, _ = rand.Read(boot[:])
	s := &System{
		cfg: cfg, journal: d.Journal, table: d.Table, limits: d.Limits, auth: d.Auth, clock: d.Clock,
		log: d.Logger, metrics: newMetrics(d.Registerer), epoch: d.Epoch, boot: idAlphabet.EncodeToString(boot[:]),
		faults: d.Faults, stop: make(chan struct{}),
	}
	if s.clock == nil {
		s.clock = clockwork.NewRealClock()
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.ids = &ids{clock: s.clock, epoch: s.epoch}
	s.tickets = newTickets(s.cfg.TicketLife.Milliseconds())
	s.deletions.now = s.now
	s.deleter = newDeleter(s)
	return s, nil
}

// quiet keeps the actor library's own log free of message bodies: it logs
// dead letters whole, and nothing else that is worth having.
func (s *System) quiet(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }

// Start spawns the actors that are always there and starts the goroutines.
func (s *System) Start(context.Context) error {
	if err := s.journal.View(func(tx persistence.Tx) error {
		s.ids.above(persistence.NewestStream(tx))
		return nil
	}); err != nil {
		return fmt.Errorf("read the newest stream: %w", err)
	}
	s.actors = actor.NewActorSystem(actor.WithLoggerFactory(s.quiet), actor.WithDeadLetterRequestLogging(false))
	s.root = s.actors.Root
	s.dispatcher = dispatcher{warm.New(64 * runtime.GOMAXPROCS(0))}
	s.actors.EventStream.Subscribe(s.deadLetters)
	s.committer = newCommitter(s.journal, s.cfg.BatchAppends, batchEvery, s.log, s.metrics)
	s.takeTickets()
	d := &decrees{sys: s}
	if err := s.journal.View(d.load); err != nil {
		return fmt.Errorf("read bans and revocations: %w", err)
	}
	s.readers = newReaders(s.cfg.Readers)
	s.directory = newDirectory(s)
	s.delivery = &delivery{sys: s, audiences: map[group.StreamID]*audience{}}
	s.groups = s.root.Spawn(actor.PropsFromProducer(func() actor.Actor { return &supervisor{s} },
		actor.WithSupervisor(s.restarts("group")), actor.WithGuardian(s.restarts("supervisor"))))
	// One strategy each: every strategy has a guardian process of its own.
	shards, registries := s.restarts("shard"), s.restarts("registry")
	s.decrees = s.spawn(s.restarts("decrees"), d)
	s.sessionProps = actor.PropsFromProducer(s.produceSession,
		actor.WithMailbox(actor.UnboundedLockfree()), actor.WithDispatcher(s.dispatcher), actor.WithGuardian(s.restarts("session")))
	for i := range s.cfg.Shards {
		sh := newShard(s, i)
		s.delivery.shards = append(s.delivery.shards, s.spawn(shards, sh))
		s.registries = append(s.registries, s.spawn(registries, newRegistry(s)))
	}
	if err := s.takeDeletions(); err != nil {
		return fmt.Errorf("read deleted accounts: %w", err)
	}
	s.running.Store(true)
	s.sweeping.Go(s.sweeper)
	s.sweeping.Go(s.deleter.run)
	return nil
}

// spawn starts an actor whose state outlives its restarts.
func (s *System) spawn(guardian actor.SupervisorStrategy, a actor.Actor) *actor.PID {
	standing := &survivor{Actor: a}
	return s.root.Spawn(actor.PropsFromProducer(func() actor.Actor { return standing },
		actor.WithMailbox(actor.UnboundedLockfree()), actor.WithDispatcher(s.dispatcher), actor.WithGuardian(guardian)))
}

// Open makes the session of a new connection. If it panics, nothing is left of it.
func (s *System) Open(c Conn) Session {
	session := &session{sys: s, conn: c}
	// All sessions share one Props, which is some hundred bytes for each: the
	// producer takes the session from here.
	s.opening.Lock()
	defer s.opening.Unlock()
	s.opened = session
	s.failAt(FaultOpen)
	session.pid = s.root.Spawn(s.sessionProps)
	s.metrics.sessions.Inc()
	return session
}

// produceSession gives a new session its actor, or one that failed: opening is
// held, by Open, or by the failed session until here.
func (s *System) produceSession() actor.Actor {
	session := s.opened
	s.opened = nil
	if session.pid != nil {
		s.opening.Unlock()
	}
	return session
}

// revive hands a failed session to the producer, which the library calls next
// on the same goroutine.
func (s *System) revive(session *session) {
	s.opening.Lock()
	s.opened = session
}

// Ready reports why calls cannot be served, nil if they can.
func (s *System) Ready() error {
	if !s.running.Load() {
		return ErrNotRunning
	}
	return nil
}

// now is the server's time in ms.
func (s *System) now() int64 { return s.clock.Now().UnixMilli() }

// fault logs and counts something the server could not do.
func (s *System) fault(op string, err error, attrs ...any) {
	s.metrics.faults.Inc()
	s.log.Error(op, append(attrs, slog.Any("err", err))...)
}

func (s *System) failAt(p FaultPoint) {
	if s.faults != nil {
		s.faults(p)
	}
}

// Stop ends the system in order: what was accepted is decided, stored and
// told, awake groups are snapshotted. Connections are the gateway's to close
// first.
func (s *System) Stop(ctx context.Context) error {
	var err error
	s.stopOnce.Do(func() {
		s.running.Store(false)
		close(s.stop)
		s.sweeping.Wait()
		if err = s.settle(ctx); err == nil {
			s.keepTickets()
		}
		s.readers.close()
		s.committer.close()
		s.actors.Shutdown()
		s.dispatcher.Close()
	})
	return err
}

// settle waits until nothing is under way, then puts every group to sleep.
func (s *System) settle(ctx context.Context) error {
	if err := s.Quiesce(ctx); err != nil {
		return fmt.Errorf("stop: calls are still waiting: %w", err)
	}
	for {
		// Again and again, as sessions may have had calls to send still.
		s.directory.empty()
		if s.awake.Load() == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("stop: groups are still awake: %w", ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
	s.background.Wait()
	return nil
}
