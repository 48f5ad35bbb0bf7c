package replay

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestResult(t *testing.T) {
	s := NewStats()
	s.add(Tally{Expected: 3, Received: 3})
	s.done("send_message")
	s.answered(9, 2*time.Millisecond)
	for excerpt := range 3 {
		s.heard(excerpt, 5*time.Millisecond)
	}
	s.refused("429 busy")
	s.inForce("bench")
	r := s.Result(2 * time.Second)
	r.Complete()
	require.NoError(t, r.Failed())
	require.InDelta(t, 1.5, r.DeliveriesPerS, 1e-9)
	require.InEpsilon(t, 5, r.Latency.P99, 0.01)
	require.InEpsilon(t, 2, r.Ack.P50, 0.01)
	require.Equal(t, map[string]uint64{"429 busy": 1}, r.Refusals)

	for i := range faultsShown + 2 {
		s.fault(fmt.Sprint("fault ", i))
	}
	r = s.Result(time.Second)
	require.ErrorContains(t, r.Failed(), "fault 0")
	require.Len(t, r.Faults, faultsShown)
	require.Equal(t, 2, r.Extra["further_faults"])
}
