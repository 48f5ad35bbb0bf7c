package report

import (
	"context"
	"fmt"
	"net/http"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Gateway are counters of the server's edge at one moment.
type Gateway struct {
	// Start is when the server was started, in seconds of its clock: counters are
	// since then. 0 = not told.
	Start float64
	// Frames were written in Writes calls.
	Frames, Writes float64
	// DepthSum over DepthCount is the mean of frames waiting; Depth are its
	// buckets, cumulated.
	DepthSum, DepthCount float64
	Depth                []Bucket
	// Ladder are changes of level by "level/reason".
	Ladder map[string]float64
}

// Bucket counts observations up to a bound.
type Bucket struct{ Upto, Count float64 }

// Names of the metrics that are read.
const (
	metricJoins  = "troupe_gateway_frames_per_write"
	metricDepth  = "troupe_gateway_queue_frames"
	metricLadder = "troupe_gateway_ladder_steps_total"
	metricStart  = "process_start_time_seconds" // of the system that tells it
)

// Scrape reads the metrics of an admin listener, "host:port".
func Scrape(ctx context.Context, admin string) (*Gateway, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+admin+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("read the server's metrics: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("read the server's metrics: HTTP status %d", resp.StatusCode)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("read the server's metrics: %w", err)
	}
	g := &Gateway{Ladder: map[string]float64{}}
	for _, name := range []string{metricJoins, metricDepth, metricLadder} {
		if families[name] == nil {
			return nil, fmt.Errorf("the server's metrics have no %s", name)
		}
	}
	for _, m := range families[metricStart].GetMetric() {
		g.Start = m.GetGauge().GetValue()
	}
	for _, m := range families[metricJoins].GetMetric() {
		g.Frames, g.Writes = m.GetHistogram().GetSampleSum(), float64(m.GetHistogram().GetSampleCount())
	}
	for _, m := range families[metricDepth].GetMetric() {
		h := m.GetHistogram()
		g.DepthSum, g.DepthCount = h.GetSampleSum(), float64(h.GetSampleCount())
		for _, b := range h.GetBucket() {
			g.Depth = append(g.Depth, Bucket{b.GetUpperBound(), float64(b.GetCumulativeCount())})
		}
	}
	for _, m := range families[metricLadder].GetMetric() {
		labels := map[string]string{}
		for _, l := range m.GetLabel() {
			labels[l.GetName()] = l.GetValue()
		}
		g.Ladder[labels["level"]+"/"+labels["reason"]] = m.GetCounter().GetValue()
	}
	return g, nil
}

// since is what to count from: before, or nothing if the server was started anew
// after that.
func (g *Gateway) since(before *Gateway) *Gateway {
	if g.Start == before.Start && g.Writes >= before.Writes {
		return before
	}
	return &Gateway{Depth: make([]Bucket, len(g.Depth))}
}

// FramesPerWrite is the mean since before, or since the server was started anew;
// 0 if nothing was written.
func (g *Gateway) FramesPerWrite(before *Gateway) float64 {
	before = g.since(before)
	if writes := g.Writes - before.Writes; writes > 0 {
		return (g.Frames - before.Frames) / writes
	}
	return 0
}
