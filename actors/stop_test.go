package actors

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// An orderly stop puts every group to sleep, also those that were used at a
// time that is still to come.
func TestStopAfterTheClockWentBack(t *testing.T) {
	r := newRig(t)
	ann := r.listen("ann")
	ann.ok(create(troupev1.Kind_KIND_CUSTOM, "g"))
	ann.ok(text("g"))
	r.clock.Advance(-time.Hour)
	r.stop()
	require.Zero(t, r.sys.awake.Load())
}

// So it does while sessions still have requests to deal with.
func TestStopWithRequestsOnTheirWay(t *testing.T) {
	for range 20 {
		r := newRig(t, func(c *Config) { c.Unanswered = 10_000 })
		ann := r.listen("ann")
		ann.ok(create(troupev1.Kind_KIND_CUSTOM, "g"))
		for range 300 {
			ann.post(text("g"))
		}
		r.stop()
	}
}
