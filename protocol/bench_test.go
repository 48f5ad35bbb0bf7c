package protocol

import (
	"testing"

	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

const sampleText = "Shall we meet at the harbour at nine? The ferry leaves at half past, and the next one only after noon. I have the tickets."

func sampleEvent() *group.Event {
	return &group.Event{
		Position: 42, Seq: 40, Ordinal: 31, Time: 1_760_000_000_123, Operator: "alice", GroupName: "harbour",
		Body: &group.Sent{
			Sender: group.Card{User: "alice", Name: "Alice", Avatar: "https://cdn.example/a.png", Role: group.Admin},
			Random: 3_141_592_653, Elements: []group.Element{{Type: group.ElementText, Text: sampleText}},
		},
	}
}

func sampleRequest() *troupev1.Request {
	random := uint32(3_141_592_653)
	return &troupev1.Request{RequestId: "6f9619ff8b86d011", Op: &troupev1.Request_SendMessage{SendMessage: &troupev1.SendMessage{
		Conversation: GroupConversation("harbour"),
		Elements:     []*troupev1.Element{{Element: &troupev1.Element_Text{Text: &troupev1.Text{Text: sampleText}}}},
		Random:       &random,
	}}}
}

func BenchmarkEncodeFrame(b *testing.B) {
	f := FrameOf("harbour", 7, false, &group.Numbered{Event: sampleEvent()}, 0).Message()
	for _, c := range bothCodecs {
		b.Run(c.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				encodeFrame(c, f)
			}
		})
	}
}

func BenchmarkDecodeRequest(b *testing.B) {
	for _, c := range bothCodecs {
		data := EncodeRequest(c, sampleRequest())
		b.Run(c.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := DecodeRequests(c, data, func(*troupev1.Request) {}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecodeFrame(b *testing.B) {
	f := FrameOf("harbour", 7, false, &group.Numbered{Event: sampleEvent()}, 0)
	for _, c := range bothCodecs {
		data := openFrame(b, c, f.Bytes(c))
		b.Run(c.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := DecodeFrames(c, data, func(*troupev1.Frame) {}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkToCommand(b *testing.B) {
	req := sampleRequest()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ToCommand(req); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFrameOf(b *testing.B) {
	ev := sampleEvent()
	b.ReportAllocs()
	for b.Loop() {
		FrameOf("harbour", 7, false, &group.Numbered{Event: ev}, 0)
	}
}
