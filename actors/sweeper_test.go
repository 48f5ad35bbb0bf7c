package actors

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// A row that cannot be read does not keep other groups from being woken.
func TestTimersPassABrokenRow(t *testing.T) {
	r := newRig(t)
	ann := r.listen("ann")
	ann.ok(create(troupev1.Kind_KIND_CUSTOM, "g"))
	broken := persistence.RowOp{Op: persistence.OpPut, Table: persistence.TableProfiles, Key: persistence.StreamKey(1), Value: []byte("?")}
	_, err := r.sys.committer.wait([]persistence.RowOp{broken, persistence.TimerOp(1, 5), persistence.TimerOp(r.streamOf("g"), 5)})
	require.NoError(t, err)
	r.sys.sweep()
	r.settle()
	require.NoError(t, r.journal.View(func(tx persistence.Tx) error {
		due := persistence.DueTimers(tx, 5, 9)
		require.Equal(t, []persistence.Timer{{Due: 5, Stream: 1}}, due, "the other was woken, and set its timer anew")
		return nil
	}))
}

// What waits for a moment does not wait for one that has moved away because the
// clock went back.
func TestPausesEndThoughTheClockWentBack(t *testing.T) {
	r := newRig(t)
	old := retention{}
	old.step(r.sys) // a whole round, as there is little
	require.Equal(t, r.sys.now()+retentionEvery, old.next)
	r.clock.Advance(time.Hour - time.Millisecond)
	next := old.next
	old.step(r.sys)
	require.Equal(t, next, old.next, "not before")
	r.clock.Advance(-240 * time.Hour)
	old.step(r.sys)
	require.Equal(t, r.sys.now()+retentionEvery, old.next)

	d := newDeleter(r.sys)
	d.fail("ann", errStopping)
	d.again()
	require.Empty(t, d.todo)
	r.clock.Advance(-240 * time.Hour)
	d.again()
	require.Equal(t, []group.UserID{"ann"}, d.todo)
}
