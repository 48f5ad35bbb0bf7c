package gateway

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/troupe-im/troupe/protocol"
)

// joinBounds are the buckets of frames per write.
var joinBounds = [...]float64{1, 2, 4, 8, 16, 32, 64, 128, 256}

// tally counts writes before they are added to the metrics: a pass makes very
// many, and counters that all processors share cost more than the counting.
type tally struct {
	bytes   int
	frames  int
	writes  [len(joinBounds) + 1]uint64
	classes protocol.Classes
}

// wrote counts one write; what holds no frames only by its bytes.
func (t *tally) wrote(fl *flight) {
	if fl.frames == 0 {
		return
	}
	i := 0
	for i < len(joinBounds) && float64(fl.frames) > joinBounds[i] {
		i++
	}
	t.writes[i]++
	t.frames += fl.frames
	for c, n := range fl.classes {
		t.classes[c] += n
	}
}

// joins is the histogram of frames per write. It is a collector of its own as
// those of the library take one observation at a time.
type joins struct {
	desc   *prometheus.Desc
	writes [len(joinBounds) + 1]atomic.Uint64
	frames atomic.Uint64
}

// Describe implements prometheus.Collector.
func (j *joins) Describe(ch chan<- *prometheus.Desc) { ch <- j.desc }

// Collect implements prometheus.Collector.
func (j *joins) Collect(ch chan<- prometheus.Metric) {
	buckets, count := make(map[float64]uint64, len(joinBounds)), uint64(0)
	for i := range j.writes {
		count += j.writes[i].Load()
		if i < len(joinBounds) {
			buckets[joinBounds[i]] = count
		}
	}
	ch <- prometheus.MustNewConstHistogram(j.desc, count, float64(j.frames.Load()), buckets)
}

// add takes a tally over and empties it.
func (m *metrics) add(t *tally) {
	if t.bytes > 0 {
		m.bytesOut.Add(float64(t.bytes))
	}
	for i, n := range t.writes {
		if n > 0 {
			m.joins.writes[i].Add(n)
		}
	}
	m.joins.frames.Add(uint64(t.frames))
	for c, n := range t.classes {
		if n > 0 {
			m.framesOut[c].Add(float64(n))
		}
	}
	*t = tally{}
}
