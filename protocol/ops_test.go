package protocol

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestOpsAreThoseOfTheSchema(t *testing.T) {
	fields := requestOneof.Fields()
	require.Equal(t, fields.Len(), len(Ops()))
	for i := range fields.Len() {
		f := fields.Get(i)
		require.Equal(t, string(f.Name()), Op(f.Number()).String())
	}
	require.Equal(t, "op(9)", Op(9).String())
}

// TestAnswersMatchOps: a result stands under the number and name of its call.
func TestAnswersMatchOps(t *testing.T) {
	results := (*troupev1.Answer)(nil).ProtoReflect().Descriptor().Oneofs().ByName("result").Fields()
	for i := range results.Len() {
		f := results.Get(i)
		require.Equal(t, Op(f.Number()).String(), string(f.Name()))
	}
}

// TestNeedsGroupMatchesSchema: every operation of one group has the field
// group_id, send_message a conversation.
func TestNeedsGroupMatchesSchema(t *testing.T) {
	fields := requestOneof.Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		op := Op(f.Number())
		has := f.Message().Fields().ByName("group_id") != nil || op == OpSendMessage
		if op == OpListApplications {
			has = false // its group is a filter
		}
		require.Equal(t, has, op.NeedsGroup(), op)
	}
}

func TestOpOf(t *testing.T) {
	require.Equal(t, Op(0), OpOf(&troupev1.Request{}))
	require.Equal(t, OpPing, OpOf(&troupev1.Request{Op: &troupev1.Request_Ping{Ping: &troupev1.Ping{}}}))
	fields := requestOneof.Fields()
	for i := range fields.Len() {
		req := &troupev1.Request{}
		m := req.ProtoReflect()
		m.Set(fields.Get(i), m.NewField(fields.Get(i)))
		require.Equal(t, protoreflect.FieldNumber(OpOf(req)), fields.Get(i).Number())
	}
}

func TestCheckPhase(t *testing.T) {
	cases := []struct {
		op    Op
		phase Phase
		want  string
	}{
		{OpLogin, PhaseNew, ""},
		{OpLogin, PhaseGuest, ""},
		{OpLogin, PhaseSignedIn, ""},
		{OpPing, PhaseNew, ""},
		{OpPing, PhaseSignedIn, ""},
		{OpGuestJoin, PhaseNew, ""},
		{OpGuestJoin, PhaseGuest, ""},
		{OpGuestJoin, PhaseSignedIn, "invalid_request"},
		{OpGuestLeave, PhaseGuest, ""},
		{OpGuestLeave, PhaseNew, "invalid_request"},
		{OpGuestLeave, PhaseSignedIn, "invalid_request"},
		{OpLogout, PhaseNew, "not_logged_in"},
		{OpAttach, PhaseGuest, "not_logged_in"},
		{OpSendMessage, PhaseNew, "not_logged_in"},
		{OpSendMessage, PhaseGuest, "not_logged_in"},
		{OpSendMessage, PhaseSignedIn, ""},
		{Op(99), PhaseSignedIn, "invalid_request"},
	}
	for _, c := range cases {
		err := c.op.CheckPhase(c.phase)
		if c.want == "" {
			require.Nil(t, err, "%s in %d", c.op, c.phase)
			continue
		}
		require.NotNil(t, err, "%s in %d", c.op, c.phase)
		require.Equal(t, c.want, err.Name, "%s in %d", c.op, c.phase)
	}
}
