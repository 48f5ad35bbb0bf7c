package gateway

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/protocol"
)

func TestMetrics(t *testing.T) {
	w := newWorld(t, Config{})
	c, s := w.dial(protocol.Binary)
	c.send(pingRequest("a"))
	take(t, s.requests)
	s.conn.Push(answerFrame("a"))
	c.next()
	_, _, _ = w.try("mqtt", nil)
	c.sendRaw(c.messageType(), []byte{200})
	c.next()
	s.conn.Close(protocol.CloseRefused, "")
	_, _ = c.closed()
	take(t, s.closed)
	require.Eventually(t, func() bool { return w.srv.Connections() == 0 }, patience, 1e6)

	rec := httptest.NewRecorder()
	w.srv.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	body := rec.Body.String()
	for _, line := range []string{
		`troupe_gateway_connections 0`,
		`troupe_gateway_upgrades_total{result="ok"} 1`,
		`troupe_gateway_upgrades_total{result="no_subprotocol"} 1`,
		`troupe_gateway_requests_total 1`,
		`troupe_gateway_malformed_frames_total 1`,
		`troupe_gateway_sent_frames_total{class="answer"} 2`,
		`troupe_gateway_closes_total{code="4503"} 1`,
		`troupe_gateway_frames_per_write_sum 2`,
		`troupe_gateway_frames_per_write_count 2`,
		`troupe_gateway_queue_frames_bucket{le="4096"} 0`,
		`troupe_gateway_ladder_steps_total{level="pull",reason="blocked"} 0`,
		`troupe_gateway_refusals_total{limit="rate"} 0`,
		`troupe_gateway_left_out_frames_total{class="live"} 0`,
	} {
		require.True(t, strings.Contains(body, line+"\n"), "%s\nis missing from\n%s", line, body)
	}
}

// TestEveryStepHasACounter: what the ladder can do is in the table of metrics.
func TestEveryStepHasACounter(t *testing.T) {
	w := newWorld(t, Config{})
	m := w.srv.metrics
	for _, s := range []step{
		{to: levelFolded, why: reasonHalf}, {to: levelNewestOnly, why: reasonHigh}, {to: levelPull, why: reasonFull},
		{to: levelPull, why: reasonBlocked}, {to: levelClosed, why: reasonBlocked}, {to: levelClosed, why: reasonFull},
		{to: levelFolded, why: reasonRecovered}, {to: levelFull, why: reasonRecovered},
	} {
		require.NotPanics(t, func() { m.step(s.to, s.why) })
	}
	for c := protocol.ClassAnswer; c <= protocol.ClassControl; c++ {
		require.NotPanics(t, func() { m.leftOut(c) })
	}
	require.NotPanics(t, func() { m.closed(4999) })
}
