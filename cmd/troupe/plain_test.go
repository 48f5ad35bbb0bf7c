package main

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/troupe-im/troupe/client"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestPlainEvents(t *testing.T) {
	for want, e := range map[string]client.Event{
		"room #3 to #5 were not sent":                    {Group: "room", Gap: &troupev1.Gap{From: 3, To: 5}},
		"the inbox #1 to #2 were not sent":               {Gap: &troupev1.Gap{From: 1, To: 2}},
		"room begins anew: numbers kept are void":        {Group: "room", Gap: &troupev1.Gap{Reset_: true}},
		"detached from room: not_member":                 {Lost: &troupev1.StreamState{GroupId: "room", Error: "not_member"}},
		"room join_option=free invite_mode=admins by al": {Event: &troupev1.Event{Event: &troupev1.Event_GroupModesChanged{GroupModesChanged: &troupev1.GroupModesChanged{GroupId: "room", JoinOption: troupev1.JoinOption_JOIN_OPTION_FREE, InviteMode: troupev1.InviteMode_INVITE_MODE_ADMINS, OperatorId: proto.String("al")}}}},
		"room is muted for ordinary members by al":       {Event: &troupev1.Event{Event: &troupev1.Event_GroupMuted{GroupMuted: &troupev1.GroupMuted{GroupId: "room", Mute: &troupev1.Mute{Mode: troupev1.MuteMode_MUTE_MODE_ORDINARY.Enum(), ExpiresAt: proto.Int64(-1)}, OperatorId: proto.String("al")}}}},
		"room is muted for roles 3 7":                    {Event: &troupev1.Event{Event: &troupev1.Event_GroupMuted{GroupMuted: &troupev1.GroupMuted{GroupId: "room", Mute: &troupev1.Mute{Mode: troupev1.MuteMode_MUTE_MODE_ROLES.Enum(), Roles: []uint32{3, 7}}}}}},
		"room is not muted":                              {Event: &troupev1.Event{Event: &troupev1.Event_GroupMuted{GroupMuted: &troupev1.GroupMuted{GroupId: "room", Mute: &troupev1.Mute{ExpiresAt: proto.Int64(0)}}}}},
		"conversation room disabled":                     {Event: &troupev1.Event{Event: &troupev1.Event_ConversationChanged{ConversationChanged: &troupev1.ConversationChanged{Conversation: &troupev1.Conversation{Id: "room"}, Disabled: proto.Bool(true)}}}},
		"conversation room remind_type=discard":          {Event: &troupev1.Event{Event: &troupev1.Event_ConversationChanged{ConversationChanged: &troupev1.ConversationChanged{Conversation: &troupev1.Conversation{Id: "room"}, RemindType: troupev1.RemindType_REMIND_TYPE_DISCARD}}}},
		"kicked offline: banned":                         {Event: &troupev1.Event{Event: &troupev1.Event_KickedOffline{KickedOffline: &troupev1.KickedOffline{Reason: "banned"}}}},
		"too slow, detached from the inbox, room":        {Event: &troupev1.Event{Event: &troupev1.Event_Lagging{Lagging: &troupev1.Lagging{Streams: []*troupev1.Stream{{Inbox: true}, {GroupId: "room"}}}}}},
		"connection at level folded: half":               {Event: &troupev1.Event{Event: &troupev1.Event_LevelChanged{LevelChanged: &troupev1.LevelChanged{Level: "folded", Reason: "half"}}}},
	} {
		require.Equal(t, want, plainEvent(e, nil))
	}
}

// TestPlainKnowsEveryEvent: whatever the schema has, people can read.
func TestPlainKnowsEveryEvent(t *testing.T) {
	fields := (&troupev1.Event{}).ProtoReflect().Descriptor().Oneofs().ByName("event").Fields()
	for i := range fields.Len() {
		e := &troupev1.Event{}
		e.ProtoReflect().Set(fields.Get(i), protoreflect.ValueOfMessage(e.ProtoReflect().NewField(fields.Get(i)).Message()))
		require.NotEqual(t, "as it is", plainEvent(client.Event{Event: e}, []byte("as it is")), fields.Get(i).Name())
	}
}
