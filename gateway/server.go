package gateway

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/troupe-im/troupe/internal/warm"
)

// Deps are what the edge needs of the rest. Opener is required.
type Deps struct {
	// Opener opens sessions.
	Opener Opener
	// Ready says why no connections are taken; nil: they are. It is asked at
	// every handshake and must be quick. Default: always ready.
	Ready func() error
	// Mode names a mode of reduced service for /readyz, as "disk_full"; "" if
	// there is none. Default: none.
	Mode func() string
	// Banned says whether an address is banned (spec 19.13). Default: none is.
	Banned func(netip.Addr) bool
	// Clock judges all periods but those of single writes and closes. Default:
	// the system's.
	Clock clockwork.Clock
	// Logger gets no message bodies. Default: discards.
	Logger *slog.Logger
	// Registerer takes the metrics, Gatherer gives all of the process.
	// Default: a registry of its own.
	Registerer prometheus.Registerer
	Gatherer   prometheus.Gatherer
}

func (d Deps) withDefaults() Deps {
	if d.Ready == nil {
		d.Ready = func() error { return nil }
	}
	if d.Mode == nil {
		d.Mode = func() string { return "" }
	}
	if d.Clock == nil {
		d.Clock = clockwork.NewRealClock()
	}
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	if d.Registerer == nil {
		r := prometheus.NewRegistry()
		d.Registerer = r
		if d.Gatherer == nil {
			d.Gatherer = r
		}
	}
	if d.Gatherer == nil {
		d.Gatherer = prometheus.DefaultGatherer
	}
	return d
}

// Server is the edge. Its methods are safe for concurrent use.
type Server struct {
	// Fixed after construction.
	deps           Deps
	edge           *edge
	metrics        *metrics
	upgrader       *upgrader
	http           *http.Server
	maxConnections int
	done           chan struct{} // closed by the end of Shutdown

	// handshakes has a place for each socket that is no WebSocket connection yet.
	handshakes room
	lobby      *lobby
	draining   atomic.Bool
	// drainEnd is when the drain will be over, since the edge's start.
	drainEnd atomic.Int64

	stop   sync.Once
	sweeps sync.WaitGroup
}

// New makes a server and starts its sweepers; Shutdown ends them. Errors are
// those of Config.Validate and of registering metrics.
func New(cfg Config, deps Deps) (*Server, error) {
	if deps.Opener == nil {
		return nil, errors.New("gateway: Deps.Opener is missing")
	}
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	cfg, deps = cfg.withDefaults(), deps.withDefaults()
	s := &Server{deps: deps, upgrader: newUpgrader(&cfg), done: make(chan struct{}), edge: newEdge(cfg, deps), handshakes: make(room, cfg.MaxHandshakes)}
	m, err := newMetrics(deps.Registerer, func() float64 { return float64(s.edge.open.Load()) },
		func() float64 { return float64(len(s.handshakes)) })
	if err != nil {
		return nil, fmt.Errorf("gateway: metrics: %w", err)
	}
	s.metrics, s.edge.metrics, s.edge.queue.counts = m, m, m
	s.lobby = &lobby{after: cfg.YieldAfter, yielded: m.yielded.Inc, since: map[net.Conn]time.Time{}}
	s.maxConnections = connectionLimit(cfg)
	s.http = &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: cfg.HeaderTimeout,
		MaxHeaderBytes:    cfg.HeaderBytes,
		// Bodies and readers that do not come on hold a place no longer than heads.
		ReadTimeout:  cfg.HeaderTimeout,
		WriteTimeout: 2 * cfg.HeaderTimeout,
		ErrorLog:     slog.NewLogLogger(deps.Logger.Handler(), slog.LevelDebug),
		ConnState:    s.countSocket,
	}
	if s.edge.poller, err = newPoller(s.edge.warm.Go); err != nil {
		deps.Logger.Debug("connections wait in goroutines", "err", err)
		s.edge.poller = nil
	}
	// A probe that keeps its connection would keep a place of a handshake.
	s.http.SetKeepAlivesEnabled(false)
	for _, sw := range s.edge.sweeps {
		s.sweeps.Go(func() { sw.run(s.done) })
	}
	return s, nil
}

func newEdge(cfg Config, deps Deps) *edge {
	e := &edge{
		cfg: cfg, clock: deps.Clock, start: deps.Clock.Now(), log: deps.Logger,
		rate: newRateRule(cfg.RequestsPerSecond, cfg.RequestsBurst, cfg.TooFastAfter),
		queue: queueRules{
			frames: cfg.QueueFrames, bytes: cfg.QueueBytes,
			times:       ladderTimes{recover: cfg.RecoverAfter, blocked: cfg.BlockedAfter, closed: cfg.BlockedClose},
			roomSkipped: cfg.RoomSkippedAfter,
			levels:      newLevelFrames(),
		},
		idle:    make(chan struct{}, 1),
		warm:    warm.New(64 * runtime.GOMAXPROCS(0)),
		perAddr: addresses{count: map[netip.Prefix]int{}},
	}
	e.sweeps = make([]*sweeper, cfg.Sweepers)
	for i := range e.sweeps {
		e.sweeps[i] = &sweeper{edge: e}
	}
	return e
}

// connectionLimit is the configured one, or what the limit of open files allows.
func connectionLimit(cfg Config) int {
	const unknown = 1 << 20
	files := fileLimit()
	switch {
	case cfg.MaxConnections > 0:
		return cfg.MaxConnections
	case files == 0:
		return unknown
	}
	return max(files-cfg.FileMargin, 1)
}

// Serve accepts connections until Shutdown, then returns nil. It closes l.
func (s *Server) Serve(l net.Listener) error {
	l = s.shakeHands(s.pace(l))
	s.deps.Logger.Info("gateway listens", "address", l.Addr().String(), "max_connections", s.maxConnections)
	if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("gateway: serve: %w", err)
	}
	return nil
}

// Connections is the number of connections that are open or closing.
func (s *Server) Connections() int { return int(s.edge.open.Load()) }
