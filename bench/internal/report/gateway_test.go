package report

import (
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const metricsText = `# HELP troupe_gateway_frames_per_write Frames joined into one write.
# TYPE troupe_gateway_frames_per_write histogram
troupe_gateway_frames_per_write_bucket{le="1"} 40
troupe_gateway_frames_per_write_bucket{le="+Inf"} 50
troupe_gateway_frames_per_write_sum 120
troupe_gateway_frames_per_write_count 50
# TYPE troupe_gateway_queue_frames histogram
troupe_gateway_queue_frames_bucket{le="0"} 1
troupe_gateway_queue_frames_bucket{le="16"} 3
troupe_gateway_queue_frames_bucket{le="+Inf"} 4
troupe_gateway_queue_frames_sum 44
troupe_gateway_queue_frames_count 4
# TYPE troupe_gateway_ladder_steps_total counter
troupe_gateway_ladder_steps_total{level="folded",reason="half"} 3
troupe_gateway_ladder_steps_total{level="pull",reason="full"} 0
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1.75e+09
# TYPE go_goroutines gauge
go_goroutines 9
`

func TestScrape(t *testing.T) {
	text, status := metricsText, http.StatusOK
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/metrics" {
			status = http.StatusNotFound
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}))
	defer srv.Close()
	admin := strings.TrimPrefix(srv.URL, "http://")
	g, err := Scrape(t.Context(), admin)
	require.NoError(t, err)
	require.Equal(t, &Gateway{
		Start: 1.75e9, Frames: 120, Writes: 50, DepthSum: 44, DepthCount: 4, Depth: []Bucket{{0, 1}, {16, 3}, {math.Inf(1), 4}},
		Ladder: map[string]float64{"folded/half": 3, "pull/full": 0},
	}, g)
	require.InDelta(t, 2.4, g.FramesPerWrite(&Gateway{}), 1e-9)
	require.Zero(t, g.FramesPerWrite(g))

	for broken, want := range map[string]string{
		strings.ReplaceAll(metricsText, "ladder", "leader"): "no troupe_gateway_ladder_steps_total",
		"x{": "read the server's metrics",
	} {
		text = broken
		_, err = Scrape(t.Context(), admin)
		require.ErrorContains(t, err, want)
	}
	status = http.StatusServiceUnavailable
	_, err = Scrape(t.Context(), admin)
	require.ErrorContains(t, err, "HTTP status 503")
	srv.Close()
	_, err = Scrape(t.Context(), admin)
	require.Error(t, err)
}
