package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/gateway"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/bolt"
)

// JournalFile is the name of the journal in the data directory.
const JournalFile = "troupe.db"

// Options are what tests inject; the zero value is what a server wants.
type Options struct {
	// Clock is the server's time; nil = the system's. With a clock that stands
	// still set all of drain to 0, or stopping waits for its context.
	Clock clockwork.Clock
	// Logger gets everything; nil = nothing.
	Logger *slog.Logger
	// Journal is used in place of the file in the data directory. It is the
	// caller's to close. Epoch is its epoch.
	Journal persistence.Journal
	Epoch   string
	// Listener is used in place of one on server.addr, AdminListener in place of
	// one on server.admin_addr.
	Listener, AdminListener net.Listener
	// Killable: Kill can break connections, at a little cost for each.
	Killable bool
	// Faults is actors.Deps.Faults.
	Faults func(actors.FaultPoint)
	// Adjust may change the parts' configurations before they are made.
	Adjust func(*actors.Config, *gateway.Config)
}

// Server is a running server.
type Server struct {
	cfg     config.Config
	log     *slog.Logger
	journal *switched
	closing func() error // the journal's
	system  *actors.System
	gateway *gateway.Server
	admin   *http.Server
	conns   *tracked
	addr    net.Addr
	adminAt net.Addr

	serving sync.WaitGroup
	failed  chan error
	stop    sync.Once
}

// Start opens storage, starts everything and returns when clients can connect.
// Errors: those of Check, persistence.ErrInUse if another server holds the
// data directory, and those of the parts.
func Start(ctx context.Context, cfg config.Config, o Options) (_ *Server, err error) {
	if err = Check(&cfg); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, log: o.Logger, failed: make(chan error, 3), closing: func() error { return nil }}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.abandon())
		}
	}()
	epoch, err := s.openJournal(&o)
	if err != nil {
		return nil, err
	}
	registry := s.registry()
	if err = s.build(&o, epoch, registry); err != nil {
		return nil, err
	}
	if err = s.system.Start(ctx); err != nil {
		return nil, fmt.Errorf("start actors: %w", err)
	}
	return s, s.listen(ctx, &o)
}

// openJournal opens the journal and says its epoch.
func (s *Server) openJournal(o *Options) (epoch string, err error) {
	if o.Journal != nil {
		s.journal = &switched{Journal: o.Journal}
		return o.Epoch, nil
	}
	if err = os.MkdirAll(s.cfg.Data.Dir, 0o700); err != nil {
		return "", fmt.Errorf("data.dir: %w", err)
	}
	reserve := int64(s.cfg.Data.DiskReserve)
	if reserve == 0 {
		reserve = -1 // to the journal 0 means the default
	}
	j, err := bolt.Open(filepath.Join(s.cfg.Data.Dir, JournalFile), bolt.Options{DiskReserve: reserve, Broken: s.broke})
	if errors.Is(err, persistence.ErrInUse) {
		return "", fmt.Errorf("data directory %s is in use by another server: %w", s.cfg.Data.Dir, persistence.ErrInUse)
	}
	if err != nil {
		return "", err
	}
	s.journal, s.closing = &switched{Journal: j}, j.Close
	return j.Epoch(), nil
}

// mode names the reduced service that the journal is in.
func (s *Server) mode() string {
	if full, _ := s.journal.Full(); full {
		return "disk_full"
	}
	return ""
}

func (s *Server) registry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "troupe_journal_bytes", Help: "Size of the journal on disk.",
	}, func() float64 { return float64(s.journal.Size()) }))
	return r
}

// build makes the actors and the edge.
func (s *Server) build(o *Options, epoch string, registry *prometheus.Registry) error {
	table, err := Table(&s.cfg)
	if err != nil {
		return err
	}
	auth, err := Auth(&s.cfg)
	if err != nil {
		return err
	}
	gc, err := gatewayConfig(&s.cfg)
	if err != nil {
		return err
	}
	ac := actorsConfig(&s.cfg)
	if o.Adjust != nil {
		o.Adjust(&ac, &gc)
	}
	s.system, err = actors.New(ac, actors.Deps{
		Journal: s.journal, Table: table, Limits: coreLimits(&s.cfg), Auth: auth, Clock: o.Clock,
		Logger: s.log, Registerer: registry, Epoch: epoch, Faults: o.Faults,
	})
	if err != nil {
		return fmt.Errorf("actors: %w", err)
	}
	s.gateway, err = gateway.New(gc, gateway.Deps{
		Opener: s.system, Ready: s.Ready, Mode: s.mode, Banned: s.system.Banned, Clock: o.Clock, Logger: s.log,
		Registerer: registry, Gatherer: registry,
	})
	return err
}

// listen opens the listeners and serves.
func (s *Server) listen(ctx context.Context, o *Options) (err error) {
	l, admin := o.Listener, o.AdminListener
	if l == nil {
		// The heartbeat notices dead peers; keep-alive is four system calls for each.
		quiet := net.ListenConfig{KeepAlive: -1}
		if l, err = quiet.Listen(ctx, "tcp", s.cfg.Server.Addr); err != nil {
			return fmt.Errorf("server.addr: %w", err)
		}
	}
	if admin == nil && s.cfg.Server.AdminAddr != "" {
		if admin, err = new(net.ListenConfig).Listen(ctx, "tcp", s.cfg.Server.AdminAddr); err != nil {
			return errors.Join(fmt.Errorf("server.admin_addr: %w", err), l.Close())
		}
	}
	s.addr = l.Addr()
	if o.Killable {
		s.conns = track(l)
		l = s.conns
	}
	s.serving.Go(func() { s.served(s.gateway.Serve(l)) })
	if admin != nil {
		s.adminAt = admin.Addr()
		s.admin = &http.Server{Handler: s.adminHandler(), ReadHeaderTimeout: 5 * time.Second}
		s.serving.Go(func() { s.served(s.admin.Serve(admin)) })
	}
	return nil
}

func (s *Server) served(err error) {
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		s.failed <- err
	}
}

// broke has the process end: only a new start finds out what was stored.
func (s *Server) broke(err error) {
	s.log.Error("storage has failed, the server stops", "err", err)
	s.failed <- err
}

// Failed delivers what ended serving against the server's will.
func (s *Server) Failed() <-chan error { return s.failed }

// Addr is the address that clients connect to.
func (s *Server) Addr() net.Addr { return s.addr }

// AdminAddr is the admin listener's address, nil if there is none.
func (s *Server) AdminAddr() net.Addr { return s.adminAt }

// URL is what clients dial.
func (s *Server) URL() string {
	scheme := "ws"
	if s.cfg.Server.TLSCert != "" {
		scheme = "wss"
	}
	return scheme + "://" + s.addr.String() + "/ws"
}

// Ready reports why the server takes no connections, nil if it does.
func (s *Server) Ready() error { return s.system.Ready() }

// System is the actors of the server.
func (s *Server) System() *actors.System { return s.system }

// Journal is the server's storage, for reading.
func (s *Server) Journal() persistence.Journal { return s.journal }

// Connections is the number of connections that are open.
func (s *Server) Connections() int { return s.gateway.Connections() }
