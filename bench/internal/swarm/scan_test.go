package swarm

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// frames are one of each sort that the scanner tells apart.
func frames() map[string]*troupev1.Frame {
	code, zero := int32(10017), int32(0)
	message := func(elements ...*troupev1.Element) *troupev1.Event {
		return &troupev1.Event{Event: &troupev1.Event_Message{Message: &troupev1.Message{
			Conversation: &troupev1.Conversation{Type: troupev1.ConversationType_CONVERSATION_TYPE_GROUP, Id: "stage"},
			SenderId:     "ann", Sender: &troupev1.UserCard{UserId: "ann"}, Time: 1760000000123, Seq: 900, Random: 7, Elements: elements,
		}}}
	}
	text := &troupev1.Element{Element: &troupev1.Element_Text{Text: &troupev1.Text{Text: "hi"}}}
	tip := &troupev1.Element{Element: &troupev1.Element_GroupTip{GroupTip: &troupev1.GroupTip{TipType: 1, UserCount: 300, GroupId: "stage"}}}
	skipped := &troupev1.Skipped{FromSeq: 871, ToSeq: 899, High: 1, Normal: 26, Low: 1, System: 1}
	return map[string]*troupev1.Frame{
		"message":      {Frame: &troupev1.Frame_Event{Event: message(text)}},
		"two texts":    {Frame: &troupev1.Frame_Event{Event: message(text, text)}},
		"tip":          {Frame: &troupev1.Frame_Event{Event: message(tip)}},
		"skipped":      {Frame: &troupev1.Frame_Event{Event: message(text)}, Skipped: skipped},
		"room_skipped": {Frame: &troupev1.Frame_Event{Event: &troupev1.Event{Event: &troupev1.Event_RoomSkipped{RoomSkipped: &troupev1.RoomSkipped{GroupId: "stage", Skipped: skipped}}}}},
		"level":        {Frame: &troupev1.Frame_Event{Event: &troupev1.Event{Event: &troupev1.Event_LevelChanged{LevelChanged: &troupev1.LevelChanged{Level: "pull"}}}}},
		"sent":         {Frame: &troupev1.Frame_Answer{Answer: &troupev1.Answer{RequestId: "r.p1.2", Code: &zero, Result: &troupev1.Answer_SendMessage{SendMessage: &troupev1.SendMessageResult{Seq: 12, Time: 5}}}}},
		"refused":      {Frame: &troupev1.Frame_Answer{Answer: &troupev1.Answer{RequestId: "9", Code: &code, Error: "muted", Message: "no"}}},
	}
}

func TestScanFrame(t *testing.T) {
	for name, f := range frames() {
		data, err := proto.Marshal(f)
		require.NoError(t, err, name)
		var got seen
		require.NoError(t, scanFrame(data, &got), name)
		sameAsDecoded(t, f, &got)
	}
	var got seen
	require.ErrorIs(t, scanFrame(nil, &got), errEmpty)
	require.ErrorIs(t, scanFrame([]byte{0x12, 5, 0}, &got), errWire)
}

func TestScanAllocatesNothing(t *testing.T) {
	data, err := proto.Marshal(frames()["skipped"])
	require.NoError(t, err)
	var got seen
	require.Zero(t, testing.AllocsPerRun(100, func() { _ = scanFrame(data, &got) }))
}

// sameAsDecoded compares with what the real decoder finds.
func sameAsDecoded(t *testing.T, f *troupev1.Frame, got *seen) {
	t.Helper()
	want := seenOf(f)
	require.Equal(t, want.answer, got.answer)
	require.Equal(t, want.event, got.event)
	require.Equal(t, want.seq, got.seq)
	require.Equal(t, want.code, got.code)
	require.Equal(t, want.hasSkipped, got.hasSkipped)
	require.Equal(t, want.skipped, got.skipped)
	require.Equal(t, want.texts, got.texts)
	require.Equal(t, want.tips, got.tips)
	require.Equal(t, want.tipType, got.tipType)
	require.Equal(t, want.userCount, got.userCount)
	for _, pair := range [][2][]byte{{want.requestID, got.requestID}, {want.errorName, got.errorName}, {want.groupID, got.groupID}, {want.senderID, got.senderID}, {want.text, got.text}} {
		require.Equal(t, string(pair[0]), string(pair[1]))
	}
}

// Whatever the real decoder makes of bytes that a server could have written,
// the scanner makes the same of them; on others it must only not break.
func FuzzScanFrame(f *testing.F) {
	for _, m := range frames() {
		data, err := proto.Marshal(m)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var got seen
		_ = scanFrame(data, &got)
		m := &troupev1.Frame{}
		if proto.Unmarshal(data, m) != nil || m.Frame == nil {
			return
		}
		// As a server writes it: each field once, in order, nothing unknown.
		clean, err := proto.MarshalOptions{Deterministic: true}.Marshal(withoutUnknown(m))
		require.NoError(t, err)
		require.NoError(t, scanFrame(clean, &got))
		sameAsDecoded(t, m, &got)
	})
}

// withoutUnknown drops unknown fields, in depth.
func withoutUnknown(m *troupev1.Frame) *troupev1.Frame {
	var drop func(protoreflect.Message)
	drop = func(r protoreflect.Message) {
		r.SetUnknown(nil)
		r.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			switch {
			case f.Message() == nil:
			case f.IsList():
				for i := range v.List().Len() {
					drop(v.List().Get(i).Message())
				}
			default:
				drop(v.Message())
			}
			return true
		})
	}
	drop(m.ProtoReflect())
	return m
}

func BenchmarkScanFrame(b *testing.B) {
	data, err := proto.Marshal(frames()["message"])
	require.NoError(b, err)
	var got seen
	for b.Loop() {
		_ = scanFrame(data, &got)
	}
}
