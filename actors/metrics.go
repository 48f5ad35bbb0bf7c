package actors

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// metrics are the runtime's counters. Labels come from closed sets only.
type metrics struct {
	answers        *prometheus.CounterVec // by result
	byCode         map[int32]prometheus.Counter
	restarts       *prometheus.CounterVec // by kind of actor
	deadLetters    prometheus.Counter
	busy           prometheus.Counter
	refills        prometheus.Counter
	groups         prometheus.Gauge
	sessions       prometheus.Gauge
	commit         prometheus.Histogram
	batch          prometheus.Histogram
	gathered       prometheus.Histogram
	commitFailures prometheus.Counter
	faults         prometheus.Counter
	resumes        map[refusal]prometheus.Counter
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		answers:        prometheus.NewCounterVec(prometheus.CounterOpts{Name: "troupe_answers_total", Help: "Answers by result."}, []string{"result"}),
		restarts:       prometheus.NewCounterVec(prometheus.CounterOpts{Name: "troupe_actor_restarts_total", Help: "Actors restarted after a failure."}, []string{"kind"}),
		deadLetters:    prometheus.NewCounter(prometheus.CounterOpts{Name: "troupe_dead_letters_total", Help: "Messages that found no actor."}),
		busy:           prometheus.NewCounter(prometheus.CounterOpts{Name: "troupe_busy_total", Help: "Calls refused because too much was waiting for their group."}),
		refills:        prometheus.NewCounter(prometheus.CounterOpts{Name: "troupe_refills_total", Help: "Holes in a listener's stream that were filled from the journal."}),
		groups:         prometheus.NewGauge(prometheus.GaugeOpts{Name: "troupe_groups_awake", Help: "Group actors awake."}),
		sessions:       prometheus.NewGauge(prometheus.GaugeOpts{Name: "troupe_sessions", Help: "Session actors."}),
		commit:         prometheus.NewHistogram(prometheus.HistogramOpts{Name: "troupe_commit_seconds", Help: "Time of one storage transaction.", Buckets: prometheus.ExponentialBuckets(0.0001, 2, 15)}),
		batch:          prometheus.NewHistogram(prometheus.HistogramOpts{Name: "troupe_commit_appends", Help: "Appends per storage transaction.", Buckets: prometheus.ExponentialBuckets(1, 2, 14)}),
		gathered:       prometheus.NewHistogram(prometheus.HistogramOpts{Name: "troupe_block_frames", Help: "Frames of one pass over a large room.", Buckets: prometheus.ExponentialBuckets(1, 2, 7)}),
		commitFailures: prometheus.NewCounter(prometheus.CounterOpts{Name: "troupe_commit_failures_total", Help: "Storage transactions that failed."}),
		faults:         prometheus.NewCounter(prometheus.CounterOpts{Name: "troupe_faults_total", Help: "Things the server could not do."}),
	}
	resumes := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "troupe_resumes_total", Help: "Logins with a resume ticket by result."}, []string{"result"})
	if r != nil {
		r.MustRegister(resumes, m.answers, m.restarts, m.deadLetters, m.busy, m.refills, m.groups, m.sessions,
			m.commit, m.batch, m.gathered, m.commitFailures, m.faults)
	}
	m.byCode = map[int32]prometheus.Counter{}
	for _, row := range protocol.Codes() {
		m.byCode[int32(row.Code)] = m.answers.WithLabelValues(row.Name)
	}
	m.resumes = map[refusal]prometheus.Counter{resumed: resumes.WithLabelValues("ok")}
	for _, why := range []refusal{ticketMalformed, ticketBoot, ticketDevice, ticketExpired, ticketUsed, ticketRevoked} {
		m.resumes[why] = resumes.WithLabelValues(string(why))
	}
	return m
}

// resumed counts a login with a ticket.
func (m *metrics) resumed(why refusal) { m.resumes[why].Inc() }

// answered counts an answer by the name of its code.
func (m *metrics) answered(a *troupev1.Answer) {
	c := m.byCode[a.GetCode()]
	if c == nil {
		c = m.answers.WithLabelValues("other")
	}
	c.Inc()
}
