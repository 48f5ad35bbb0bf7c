package report

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRecorder(t *testing.T) {
	r := NewRecorder()
	require.Nil(t, r.Interval())
	a, b := r.Lane(), r.Lane()
	a.Record(time.Millisecond, 60)
	b.Record(3*time.Millisecond, 40)
	p := r.Interval()
	require.InEpsilon(t, 1, p.P50, 0.01)
	require.InEpsilon(t, 3, p.P90, 0.01)
	require.Nil(t, r.Interval(), "an interval is told once")
	b.Record(time.Hour, 1) // longer than told apart
	total, curve := r.Total()
	require.InEpsilon(t, 1, total.P50, 0.01)
	require.InEpsilon(t, Longest.Seconds()*1000, total.Max, 0.01)
	require.InDelta(t, 0, curve[0][0], 0)
	require.InDelta(t, 100, curve[len(curve)-1][0], 0)
	for i := 1; i < len(curve); i++ {
		require.GreaterOrEqual(t, curve[i][0], curve[i-1][0])
		require.GreaterOrEqual(t, curve[i][1], curve[i-1][1])
	}
	again, _ := r.Total()
	require.Equal(t, total, again, "asking changes nothing")
}

// What other processes noted counts as if it had been noted here.
func TestRecorderElsewhere(t *testing.T) {
	there := NewRecorder()
	lane := there.Lane()
	r := NewRecorder()
	r.From(there.Since)
	r.Lane().Record(time.Millisecond, 60)
	lane.Record(3*time.Millisecond, 40)
	p := r.Interval()
	require.InEpsilon(t, 1, p.P50, 0.01)
	require.InEpsilon(t, 3, p.P90, 0.01)
	require.Nil(t, r.Interval(), "an interval is told once")
	lane.Record(9*time.Millisecond, 1)

	once := NewRecorder()
	once.Lane().Record(20*time.Millisecond, 1)
	r.Merge(once.Since())
	r.Merge(once.Since()) // nothing
	total, _ := r.Total()
	require.InEpsilon(t, 20, total.Max, 0.01)
	require.EqualValues(t, 102, r.total.TotalCount())
}

// Nothing is lost between lanes that record and intervals that are taken.
func TestRecorderConcurrently(t *testing.T) {
	r := NewRecorder()
	var all sync.WaitGroup
	for range 4 {
		lane := r.Lane()
		all.Go(func() {
			for range 1000 {
				lane.Record(time.Millisecond, 1)
			}
		})
	}
	all.Go(func() {
		for range 20 {
			r.Interval()
		}
	})
	all.Wait()
	r.Interval()
	require.EqualValues(t, 4000, r.total.TotalCount())
}

func BenchmarkRecord(b *testing.B) {
	l := NewRecorder().Lane()
	for i := range b.N {
		l.Record(time.Duration(i%1e6)*time.Microsecond, 1)
	}
}
