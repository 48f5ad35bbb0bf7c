package actors

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// counting counts the entries that are read.
type counting struct {
	persistence.Tx
	read int
}

func (c *counting) Read(s group.StreamID, after group.Position, fn func(persistence.Entry) bool) error {
	return c.Tx.Read(s, after, func(e persistence.Entry) bool {
		c.read++
		return fn(e)
	})
}

func (c *counting) Range(s group.StreamID, from, to group.Seq, reverse bool, fn func(persistence.Entry) bool) error {
	return c.Tx.Range(s, from, to, reverse, func(e persistence.Entry) bool {
		c.read++
		return fn(e)
	})
}

// An actor that wakes knows the requests of the last minutes again, and does not
// go through all that its snapshot covers for it, also where nothing has a number.
func TestRecallReadsTheLastMinutes(t *testing.T) {
	for _, kind := range []troupev1.Kind{troupev1.Kind_KIND_LIVESTREAM, troupev1.Kind_KIND_CUSTOM} {
		r := newRig(t)
		ann := r.listen("ann")
		ann.ok(create(kind, "g"))
		change := func(n int) proto.Message {
			return &troupev1.UpdateGroupProfile{GroupId: "g", Introduction: proto.String(fmt.Sprint(n))}
		}
		for n := range 500 {
			ann.ok(change(n))
		}
		r.clock.Advance(time.Hour)
		late := asking(change(1000))
		require.Zero(t, late(ann))
		ann.ok(change(1001))
		stream := r.streamOf("g")
		r.stop()

		require.NoError(t, r.journal.View(func(tx persistence.Tx) error {
			machine, base, err := LoadGroup(tx, stream, group.DefaultTable(), group.DefaultLimits())
			require.NoError(t, err)
			require.EqualValues(t, 503, base)
			c := &counting{Tx: tx}
			require.NoError(t, recall(c, stream, machine, base, group.Millis(r.sys.now())-60_000))
			require.Less(t, c.read, 20)
			return nil
		}))
		r.boot()
		ann = r.listen("ann")
		require.Zero(t, late(ann))
		require.NoError(t, r.journal.View(func(tx persistence.Tx) error {
			require.EqualValues(t, 503, tx.Head(stream).Position, "done once")
			return nil
		}))
	}
}
