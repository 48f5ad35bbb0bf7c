package report

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fed is a Sampler whose functions give what the fields say.
type fed struct {
	Sampler
	cpu, own  time.Duration
	rss       uint64
	rssErr    error
	delivered uint64
	gateway   Gateway
	at        time.Time
}

func newFed() *fed {
	f := &fed{at: time.Unix(1000, 0)}
	f.ServerCPU = func() (time.Duration, error) { return f.cpu, nil }
	f.GeneratorCPU = func() (time.Duration, error) { return f.own, nil }
	f.RssAnon = func() (uint64, error) { return f.rss, f.rssErr }
	f.Delivered = func() uint64 { return f.delivered }
	f.Expected = func() uint64 { return 2 * f.delivered }
	f.Latency = NewRecorder()
	f.Sampler.Gateway = func(context.Context) (*Gateway, error) {
		g := f.gateway
		return &g, nil
	}
	return f
}

func (f *fed) after(t *testing.T, d time.Duration) {
	f.at = f.at.Add(d)
	f.sample(t.Context(), f.at)
}

func TestSampler(t *testing.T) {
	f := newFed()
	f.cpu, f.own, f.delivered = 5*time.Second, time.Second, 40
	lane := f.Latency.Lane()
	lane.Record(time.Hour, 1) // before the start: of no interval
	f.begin(t.Context(), f.at)

	f.cpu, f.own, f.rss, f.delivered = f.cpu+375*time.Millisecond, f.own+250*time.Millisecond, 1<<20, 140
	lane.Record(2*time.Millisecond, 99)
	lane.Record(40*time.Millisecond, 1)
	f.after(t, 250*time.Millisecond)
	f.rssErr, f.delivered = errors.New("gone"), 340
	f.after(t, 500*time.Millisecond)
	f.sample(t.Context(), f.at) // no time has passed: no row

	s := &f.series
	require.Equal(t, Column{0, 0.25, 0.75}, s.T)
	require.True(t, math.IsNaN(s.ServerCPU[0]), "no interval")
	require.Equal(t, Column{1.5, 0}, s.ServerCPU[1:])
	require.Equal(t, Column{1, 0}, s.GeneratorCPU[1:])
	require.Equal(t, Column{40, 140, 340}, s.Delivered)
	require.Equal(t, Column{80, 280, 680}, s.Expected)
	require.Nil(t, s.Operations)
	require.True(t, math.IsNaN(s.Max[0]), "it came before the start")
	require.InEpsilon(t, 2, s.P50[1], 0.01)
	require.InEpsilon(t, 40, s.Max[1], 0.01)
	require.True(t, math.IsNaN(s.P99[2]), "nothing came")
	require.Equal(t, Column{0, 1 << 20}, s.RssAnon[:2])
	require.True(t, math.IsNaN(s.RssAnon[2]))
	require.ErrorContains(t, errors.Join(f.failed...), "sample rss_anon: gone")
	require.Len(t, f.failed, 1)
}

// A server that was started anew has used less than the one before.
func TestSamplerRestart(t *testing.T) {
	f := newFed()
	f.cpu = 5 * time.Second
	f.begin(t.Context(), f.at)
	f.cpu = 250 * time.Millisecond
	f.after(t, 500*time.Millisecond)
	f.cpu += 250 * time.Millisecond
	f.after(t, 500*time.Millisecond)
	require.True(t, math.IsNaN(f.series.ServerCPU[1]))
	require.Equal(t, Column{0.5}, f.series.ServerCPU[2:])
}

func TestSamplerGateway(t *testing.T) {
	f := newFed()
	f.gateway = Gateway{
		Frames: 1000, Writes: 1000, DepthSum: 5, DepthCount: 5,
		Depth: []Bucket{{1, 5}, {16, 5}, {64, 5}, {math.Inf(1), 5}}, Ladder: map[string]float64{"folded/half": 2},
	}
	f.begin(t.Context(), f.at)
	f.after(t, 900*time.Millisecond) // too early to ask
	require.Equal(t, Column{0}, f.series.Gateway.T)

	f.gateway = Gateway{
		Frames: 1300, Writes: 1100, DepthSum: 1005, DepthCount: 105,
		Depth:  []Bucket{{1, 45}, {16, 95}, {64, 105}, {math.Inf(1), 105}},
		Ladder: map[string]float64{"folded/half": 7, "pull/full": 1},
	}
	f.after(t, 100*time.Millisecond)
	f.after(t, time.Second) // nothing new
	g := f.series.Gateway
	require.Equal(t, Column{0, 1, 2}, g.T)
	require.True(t, math.IsNaN(g.FramesPerWrite[0]) && math.IsNaN(g.DepthMean[0]), "no interval")
	require.InDelta(t, 3, f.FramesPerWrite(), 1e-9)
	require.InDelta(t, 3, g.FramesPerWrite[1], 1e-9)
	require.True(t, math.IsNaN(g.FramesPerWrite[2]), "nothing was written")
	require.Equal(t, Column{10, 0}, g.DepthMean[1:])
	// 90 of 100 up to 16, the rest evenly up to 64.
	require.InDelta(t, 16+48*0.9, g.DepthP99[1], 1e-9)
	require.Equal(t, map[string]Column{"folded/half": {2, 7, 7}, "pull/full": {0, 1, 1}}, g.Ladder)
}

// Counters of a server that was started anew begin at nought; the run's go on.
func TestSamplerGatewayRestart(t *testing.T) {
	f := newFed()
	f.gateway = Gateway{Start: 100, Frames: 1000, Writes: 1000, Depth: []Bucket{{1, 0}, {math.Inf(1), 0}}, Ladder: map[string]float64{"folded/half": 2}}
	f.begin(t.Context(), f.at)
	f.gateway = Gateway{Start: 100, Frames: 1300, Writes: 1100, Depth: []Bucket{{1, 0}, {math.Inf(1), 0}}, Ladder: map[string]float64{"folded/half": 3}}
	f.after(t, time.Second)
	// The new one has written more already: only its start tells it apart.
	f.gateway = Gateway{
		Start: 101, Frames: 4000, Writes: 2000, DepthSum: 12, DepthCount: 12, Depth: []Bucket{{1, 12}, {math.Inf(1), 12}},
		Ladder: map[string]float64{"folded/half": 1, "pull/full": 4},
	}
	f.after(t, time.Second)
	f.gateway = Gateway{Start: 101, Frames: 4100, Writes: 2100, DepthSum: 12, DepthCount: 12, Depth: []Bucket{{1, 12}, {math.Inf(1), 12}}, Ladder: map[string]float64{"folded/half": 1, "pull/full": 5}}
	f.after(t, time.Second)
	// And one that does not tell it, and has written less.
	f.gateway = Gateway{Frames: 10, Writes: 10, Depth: []Bucket{{1, 0}, {math.Inf(1), 0}}, Ladder: map[string]float64{}}
	f.after(t, time.Second)
	g := f.series.Gateway
	require.Equal(t, Column{3, 2, 1, 1}, g.FramesPerWrite[1:])
	require.InDelta(t, 4410.0/2210, f.FramesPerWrite(), 1e-9)
	require.InDelta(t, 1, g.DepthMean[2], 1e-9)
	require.Equal(t, map[string]Column{"folded/half": {2, 3, 4, 4, 4}, "pull/full": {0, 0, 4, 5, 5}}, g.Ladder)
}

// The goroutine ends, and the last sample is taken by Stop.
func TestSamplerStop(t *testing.T) {
	var out bytes.Buffer
	f := newFed()
	f.Period, f.Progress = time.Hour, NewProgress(&out)
	f.Start(t.Context())
	f.delivered = 7
	s, err := f.Stop()
	require.NoError(t, err)
	require.Equal(t, Column{0, 7}, s.Delivered)
	require.Len(t, s.Gateway.T, 2)
}

func TestColumn(t *testing.T) {
	data, err := json.Marshal(Column{0, 1234567890, 0.123456789, math.NaN(), -2})
	require.NoError(t, err)
	require.Equal(t, "[0,1234567890,0.123457,null,-2]", string(data))
	var back Column
	require.NoError(t, json.Unmarshal(data, &back))
	require.Len(t, back, 5)
	require.True(t, math.IsNaN(back[3]))
	require.InDelta(t, 1234567890, back[1], 0)
	_, err = json.Marshal(Column{math.Inf(1)})
	require.Error(t, err)
}
