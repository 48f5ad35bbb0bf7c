package actors

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// asking sends one request again and again.
func asking(op proto.Message) func(*end) int32 {
	req := wrap(op)
	return func(e *end) int32 {
		e.take()
		e.session.Request(proto.Clone(req).(*troupev1.Request))
		return e.answer(req.GetRequestId()).GetCode()
	}
}

// What ended a group is answered again after a restart and after a failure of
// the group's actor (spec 18.5), and is forgotten in time.
func TestWhatEndedAGroupIsRepeated(t *testing.T) {
	for name, tc := range map[string]struct {
		kind troupev1.Kind
		op   proto.Message
	}{
		"dismissal":      {troupev1.Kind_KIND_CUSTOM, &troupev1.DismissGroup{GroupId: "g"}},
		"last leave":     {troupev1.Kind_KIND_WORK, &troupev1.LeaveGroup{GroupId: "g"}},
		"live dismissal": {troupev1.Kind_KIND_LIVESTREAM, &troupev1.DismissGroup{GroupId: "g"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			ann := r.listen("ann")
			ann.ok(create(tc.kind, "g"))
			ask := asking(tc.op)
			require.Zero(t, ask(ann))
			require.Zero(t, ask(ann))

			r.panicAt(FaultDecide, 1)
			ask(ann)
			require.Zero(t, ask(ann), "after a failure")

			r.stop()
			r.boot()
			ann = r.listen("ann")
			require.Zero(t, ask(ann), "after a restart")
			ann.code(int32(group.CodeGroupNotFound), tc.op)
			ann.code(int32(group.CodeGroupNotFound), text("g"))
			ann.code(int32(group.CodeGroupIDTaken), create(tc.kind, "g"))

			r.stop()
			r.boot()
			ann = r.listen("ann")
			r.clock.Advance(11 * time.Minute)
			require.EqualValues(t, group.CodeGroupNotFound, ask(ann))
		})
	}
}
