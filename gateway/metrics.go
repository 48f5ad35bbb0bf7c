package gateway

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/troupe-im/troupe/protocol"
)

// Results of upgrades, values of the label result.
const (
	upgradeOK          = "ok"
	upgradeBad         = "bad_request"
	upgradeSubprotocol = "no_subprotocol"
	upgradeOrigin      = "origin"
	upgradeBanned      = "banned"
	upgradeDraining    = "draining"
	upgradeNotReady    = "not_ready"
	upgradeFull        = "full"
	upgradeAddress     = "address"
	upgradeDefect      = "internal_error"
)

// Limits that refuse, values of the label limit.
const (
	limitRate      = "rate"
	limitTooFast   = "too_fast"
	limitFrame     = "frame_bytes"
	limitMalformed = "malformed"
	limitAddress   = "address"
	limitFull      = "connections"
)

// Ends of connections that have no close code of the server.
const (
	codePeer = 1 // the client closed
	codeGone = 2 // the network failed
)

// metrics are the counters of the edge, their children resolved once.
type metrics struct {
	upgrades  map[string]prometheus.Counter
	refusals  map[string]prometheus.Counter
	closes    map[int]prometheus.Counter
	other     prometheus.Counter
	framesOut [protocol.ClassControl + 1]prometheus.Counter
	requests  prometheus.Counter
	badFrames prometheus.Counter
	bytesIn   prometheus.Counter
	bytesOut  prometheus.Counter
	// acceptWaits counts how often a listener had no room.
	acceptWaits prometheus.Counter
	// yielded counts sockets that gave up their place to others.
	yielded prometheus.Counter
	joins   *joins
	depth   prometheus.Histogram
	steps   [levelClosed + 1][reasons]prometheus.Counter
	left    [protocol.ClassControl + 1]prometheus.Counter
}

var classNames = [...]string{"", "answer", "numbered", "live", "state", "hint", "control"}

func (m *metrics) step(to level, why reason) { m.steps[to][why].Inc() }

func (m *metrics) leftOut(c protocol.Class) { m.left[c].Inc() }

func (m *metrics) closed(code int) {
	if c, ok := m.closes[code]; ok {
		c.Inc()
		return
	}
	m.other.Inc()
}

// register is a Registerer whose collectors are all made by one New.
type register struct {
	prometheus.Registerer
	err error
}

func (r *register) add(c prometheus.Collector) {
	if err := r.Register(c); err != nil && r.err == nil {
		r.err = err
	}
}

func (r *register) counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: "troupe", Subsystem: "gateway", Name: name, Help: help})
	r.add(c)
	return c
}

func (r *register) vector(name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "troupe", Subsystem: "gateway", Name: name, Help: help}, labels)
	r.add(v)
	return v
}

func (r *register) histogram(name, help string, buckets []float64) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "troupe", Subsystem: "gateway", Name: name, Help: help, Buckets: buckets})
	r.add(h)
	return h
}

// newMetrics registers all metrics; connections and handshakes are read when
// scraped.
func newMetrics(reg prometheus.Registerer, connections, handshakes func() float64) (*metrics, error) {
	r := &register{Registerer: reg}
	r.add(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "troupe", Subsystem: "gateway", Name: "connections", Help: "WebSocket connections that are open.",
	}, connections))
	r.add(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: "troupe", Subsystem: "gateway", Name: "handshakes", Help: "Sockets accepted that have not become WebSocket connections.",
	}, handshakes))
	m := &metrics{
		upgrades:  map[string]prometheus.Counter{},
		refusals:  map[string]prometheus.Counter{},
		closes:    map[int]prometheus.Counter{},
		requests:  r.counter("requests_total", "Requests received, refused ones included."),
		badFrames: r.counter("malformed_frames_total", "Frames received that could not be understood."),
		bytesIn:   r.counter("received_bytes_total", "Payload bytes of messages received."),
		bytesOut:  r.counter("sent_bytes_total", "Bytes written to WebSocket connections."),
		acceptWaits: r.counter("accept_waits_total",
			"Times that new sockets had to wait to be accepted, as too many were shaking hands."),
		yielded: r.counter("yielded_handshakes_total",
			"Sockets closed because they kept others waiting and their clients said nothing, or not enough."),
		joins: &joins{desc: prometheus.NewDesc("troupe_gateway_frames_per_write", "Frames joined into one write.", nil, nil)},
		depth: r.histogram("queue_frames", "Frames waiting, sampled from connections for which any wait.",
			[]float64{0, 1, 4, 16, 64, 128, 192, 256, 512, 1024, 2048, 4096}),
	}
	upgrades := r.vector("upgrades_total", "WebSocket handshakes by result.", "result")
	for _, v := range []string{upgradeOK, upgradeBad, upgradeSubprotocol, upgradeOrigin, upgradeBanned,
		upgradeDraining, upgradeNotReady, upgradeFull, upgradeAddress, upgradeDefect} {
		m.upgrades[v] = upgrades.WithLabelValues(v)
	}
	refusals := r.vector("refusals_total", "Refusals by the limit that was exceeded.", "limit")
	for _, v := range []string{limitRate, limitTooFast, limitFrame, limitMalformed, limitAddress, limitFull} {
		m.refusals[v] = refusals.WithLabelValues(v)
	}
	r.add(m.joins)
	m.frames(r)
	m.ends(r)
	return m, r.err
}

func (m *metrics) frames(r *register) {
	out := r.vector("sent_frames_total", "Frames written by class.", "class")
	left := r.vector("left_out_frames_total", "Frames that a queue did not let in, threw out or replaced, by class.", "class")
	for c := protocol.ClassAnswer; c <= protocol.ClassControl; c++ {
		m.framesOut[c] = out.WithLabelValues(classNames[c])
		m.left[c] = left.WithLabelValues(classNames[c])
	}
}

func (m *metrics) ends(r *register) {
	steps := r.vector("ladder_steps_total", "Changes of level of slow connections.", "level", "reason")
	for _, s := range []step{
		{to: levelFolded, why: reasonHalf}, {to: levelNewestOnly, why: reasonHigh},
		{to: levelPull, why: reasonFull}, {to: levelPull, why: reasonBlocked},
		{to: levelClosed, why: reasonFull}, {to: levelClosed, why: reasonBlocked},
		{to: levelFolded, why: reasonRecovered}, {to: levelFull, why: reasonRecovered},
	} {
		m.steps[s.to][s.why] = steps.WithLabelValues(s.to.String(), s.why.String())
	}
	closes := r.vector("closes_total", "Ends of connections by close code.", "code")
	for _, row := range protocol.CloseCodes() {
		m.closes[row.Code] = closes.WithLabelValues(strconv.Itoa(row.Code))
	}
	m.closes[codePeer] = closes.WithLabelValues("client")
	m.closes[codeGone] = closes.WithLabelValues("gone")
	m.other = closes.WithLabelValues("other")
}
