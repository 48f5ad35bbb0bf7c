//go:build linux

package floor

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/bench/internal/swarm"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// appendFrame appends a message of the server's form with a total size of size
// bytes, or one more where a length does not allow it; at least what it needs.
func appendFrame(b []byte, seq uint64, due int64, size int) []byte {
	text := max(swarm.MinBody, size-130)
	frame := encode(seq, due, text)
	for range 3 { // lengths of lengths change
		if len(frame) == size || text+size-len(frame) < swarm.MinBody {
			break
		}
		text += size - len(frame)
		frame = encode(seq, due, text)
	}
	return append(b, frame...)
}

func encode(seq uint64, due int64, text int) []byte {
	body := swarm.AppendBody(nil, swarm.Mark{Counter: seq - 1, Due: due}, text)
	// All of it can be encoded.
	data, _ := proto.Marshal(&troupev1.Frame{Frame: &troupev1.Frame_Event{Event: &troupev1.Event{Event: &troupev1.Event_Message{
		Message: &troupev1.Message{
			Conversation: &troupev1.Conversation{Type: troupev1.ConversationType_CONVERSATION_TYPE_GROUP, Id: Room},
			SenderId:     User, Seq: seq,
			Elements: []*troupev1.Element{{Element: &troupev1.Element_Text{Text: &troupev1.Text{Text: string(body)}}}},
		}}}}})
	payload := append(protowire.AppendVarint(make([]byte, 0, len(data)+3), uint64(len(data))), data...)
	return swarm.AppendServerFrame(make([]byte, 0, len(payload)+4), payload)
}
