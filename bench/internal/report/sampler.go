package report

import (
	"context"
	"errors"
	"fmt"
	"math"
	"syscall"
	"time"
)

// Periods of sampling, unless a Sampler says otherwise. The server is asked for
// its metrics less often: answering costs it a millisecond or two.
const (
	DefaultPeriod        = 250 * time.Millisecond
	DefaultGatewayPeriod = time.Second
)

// Sampler watches a run. The fields are set before Start and not changed then.
// A function that is nil is not measured; all are called from one goroutine.
type Sampler struct {
	// Period is between samples; 0 = DefaultPeriod. GatewayPeriod is between
	// calls of Gateway; 0 = DefaultGatewayPeriod.
	Period, GatewayPeriod time.Duration

	// ServerCPU is processor time used so far; GeneratorCPU that of this process
	// if nil.
	ServerCPU, GeneratorCPU func() (time.Duration, error)
	// RssAnon is the server's resident memory without mapped files, in bytes.
	RssAnon func() (uint64, error)
	// Connections that are open, and counts so far.
	Connections, Expected, Delivered, Operations func() uint64
	// Latency is told apart by interval; nobody else calls its Interval.
	Latency *Recorder
	// Gateway reads the server's metrics, as Scrape does.
	Gateway func(context.Context) (*Gateway, error)
	// Progress shows each sample; may be nil.
	Progress *Progress

	// All below is owned by the goroutine until it has ended.
	series  Series
	start   time.Time
	last    time.Time
	server  share
	own     share
	asked   time.Time // Gateway was
	gateway *Gateway  // the newest answer
	// Sums since the start, over servers that were started anew; steps of the
	// ladder are since the first server's start.
	frames, writes float64
	ladder         map[string]float64
	failed         []error // the first failure of each function
	failures       map[string]bool

	cancel context.CancelFunc
	ended  chan struct{}
}

// Start begins to sample, until Stop.
func (s *Sampler) Start(ctx context.Context) {
	ctx, s.cancel = context.WithCancel(ctx)
	s.ended = make(chan struct{})
	s.begin(ctx, time.Now())
	go func() { // ended by Stop, which waits
		defer close(s.ended)
		tick := time.NewTicker(orDefault(s.Period, DefaultPeriod))
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case now := <-tick.C:
				s.sample(ctx, now)
			}
		}
	}()
}

// Stop takes the last sample and returns them all. The error says what could
// not be read; the series is good without it.
func (s *Sampler) Stop() (*Series, error) {
	s.cancel()
	<-s.ended
	s.asked = time.Time{} // whatever the period: what came last belongs to it
	s.sample(context.Background(), time.Now())
	if s.Progress != nil {
		s.Progress.End()
	}
	return &s.series, errors.Join(s.failed...)
}

// FramesPerWrite is the mean of the run, once it was stopped; 0 = not known.
func (s *Sampler) FramesPerWrite() float64 {
	if s.writes == 0 {
		return 0
	}
	return s.frames / s.writes
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}

// begin notes where everything stands.
func (s *Sampler) begin(ctx context.Context, now time.Time) {
	if s.GeneratorCPU == nil {
		s.GeneratorCPU = ownCPU
	}
	s.start, s.last, s.failures = now, now, map[string]bool{}
	s.server.since(s.cpu("server_cpu", s.ServerCPU))
	s.own.since(s.cpu("generator_cpu", s.GeneratorCPU))
	if s.Latency != nil {
		s.Latency.Interval() // what came before belongs to no interval
	}
	s.row(now, 0)
	if s.Gateway != nil {
		s.series.Gateway = &GatewaySeries{Ladder: map[string]Column{}}
		s.asked = now
		s.sampleGateway(s.ask(ctx), 0)
	}
}

// sample adds a row to the columns.
func (s *Sampler) sample(ctx context.Context, now time.Time) {
	interval := now.Sub(s.last)
	if interval <= 0 {
		return
	}
	s.last = now
	s.row(now, interval)
	if s.Gateway != nil && now.Sub(s.asked) >= orDefault(s.GatewayPeriod, DefaultGatewayPeriod) {
		s.asked = now
		s.sampleGateway(s.ask(ctx), now.Sub(s.start).Seconds())
	}
	if s.Progress != nil {
		s.Progress.Show(&s.series)
	}
}

// row reads everything but the server's metrics.
func (s *Sampler) row(now time.Time, interval time.Duration) {
	c := &s.series
	c.T = append(c.T, now.Sub(s.start).Seconds())
	if s.ServerCPU != nil {
		c.ServerCPU = append(c.ServerCPU, s.server.over(interval, s.cpu("server_cpu", s.ServerCPU)))
	}
	c.GeneratorCPU = append(c.GeneratorCPU, s.own.over(interval, s.cpu("generator_cpu", s.GeneratorCPU)))
	if s.RssAnon != nil {
		c.RssAnon = append(c.RssAnon, s.memory())
	}
	count(&c.Connections, s.Connections)
	count(&c.Expected, s.Expected)
	count(&c.Delivered, s.Delivered)
	count(&c.Operations, s.Operations)
	if s.Latency != nil {
		p := s.Latency.Interval()
		if p == nil {
			p = &Percentiles{P50: math.NaN(), P99: math.NaN(), Max: math.NaN()}
		}
		c.P50, c.P99, c.Max = append(c.P50, p.P50), append(c.P99, p.P99), append(c.Max, p.Max)
	}
}

func count(to *Column, fn func() uint64) {
	if fn != nil {
		*to = append(*to, float64(fn()))
	}
}

// share turns processor time so far into shares of one core.
type share struct{ before float64 }

func (s *share) since(seconds float64) { s.before = seconds }

func (s *share) over(interval time.Duration, seconds float64) float64 {
	if interval <= 0 {
		return math.NaN()
	}
	used := (seconds - s.before) / interval.Seconds()
	if !math.IsNaN(seconds) {
		s.before = seconds
	}
	if used < 0 {
		return math.NaN() // another process: the server was started anew
	}
	return used
}

// cpu is in seconds, NaN if it cannot be read.
func (s *Sampler) cpu(name string, fn func() (time.Duration, error)) float64 {
	if fn == nil {
		return math.NaN()
	}
	used, err := fn()
	if err != nil {
		s.fail(name, err)
		return math.NaN()
	}
	return used.Seconds()
}

func (s *Sampler) memory() float64 {
	n, err := s.RssAnon()
	if err != nil {
		s.fail("rss_anon", err)
		return math.NaN()
	}
	return float64(n)
}

// fail keeps the first failure of each sort.
func (s *Sampler) fail(name string, err error) {
	if !s.failures[name] {
		s.failures[name] = true
		s.failed = append(s.failed, fmt.Errorf("sample %s: %w", name, err))
	}
}

// ownCPU is the processor time of this process.
func ownCPU() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("getrusage: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}
