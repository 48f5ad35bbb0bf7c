package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// Column is a row of figures over time. NaN is what could not be measured and
// is null in JSON.
type Column []float64

// MarshalJSON writes six digits: no figure of a run is more exact.
func (c Column) MarshalJSON() ([]byte, error) {
	out := []byte{'['}
	for i, v := range c {
		if i > 0 {
			out = append(out, ',')
		}
		switch {
		case math.IsInf(v, 0):
			return nil, fmt.Errorf("figure %d of a column is infinite", i)
		case math.IsNaN(v):
			out = append(out, "null"...)
		default:
			out = appendFigure(out, v)
		}
	}
	return append(out, ']'), nil
}

// appendFigure writes whole numbers in full, so that counts stay exact.
func appendFigure(out []byte, v float64) []byte {
	if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
		return strconv.AppendInt(out, int64(v), 10)
	}
	return strconv.AppendFloat(out, v, 'g', 6, 64)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Column) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte("null")) {
		return nil
	}
	var figures []*float64
	if err := json.Unmarshal(data, &figures); err != nil {
		return err
	}
	*c = make(Column, len(figures))
	for i, f := range figures {
		(*c)[i] = math.NaN()
		if f != nil {
			(*c)[i] = *f
		}
	}
	return nil
}

// Series is what a Sampler saw, as columns of the same length. A nil column was
// not wanted. The first row is how things stood at the start: what is of an
// interval is NaN there.
type Series struct {
	// T is seconds since the start, at the end of each interval; 0 first.
	T Column `json:"t"`
	// ServerCPU and GeneratorCPU are shares of one core in the interval: 1 is one
	// core in full.
	ServerCPU    Column `json:"server_cpu,omitempty"`
	GeneratorCPU Column `json:"generator_cpu,omitempty"`
	// RssAnon is the server's resident memory without mapped files, in bytes.
	RssAnon Column `json:"rss_anon,omitempty"`
	// Counts so far.
	Connections Column `json:"connections,omitempty"`
	Expected    Column `json:"expected,omitempty"`
	Delivered   Column `json:"delivered,omitempty"`
	Operations  Column `json:"operations,omitempty"`
	// Percentiles of the interval, milliseconds; NaN = nothing came.
	P50 Column `json:"p50,omitempty"`
	P99 Column `json:"p99,omitempty"`
	Max Column `json:"max,omitempty"`

	// Gateway has its own times: the server is asked less often.
	Gateway *GatewaySeries `json:"gateway,omitempty"`
}

// GatewaySeries are the server's own metrics, as columns.
type GatewaySeries struct {
	T Column `json:"t"`
	// FramesPerWrite is the mean of the interval; NaN = nothing was written.
	FramesPerWrite Column `json:"frames_per_write"`
	// DepthMean and DepthP99 are of the frames waiting on a connection for which
	// any wait, as the server sampled them in the interval; 0 = none waited.
	DepthMean Column `json:"depth_mean"`
	DepthP99  Column `json:"depth_p99"`
	// Ladder counts changes of level so far, by "level/reason".
	Ladder map[string]Column `json:"ladder,omitempty"`
}
