package swarm

import (
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// seenOf is what scanFrame finds, from a frame that was decoded.
func seenOf(m *troupev1.Frame) seen {
	var s seen
	if k := m.GetSkipped(); k != nil {
		s.hasSkipped, s.skipped = true, skippedOf(k)
	}
	if a := m.GetAnswer(); a != nil {
		s.answer, s.requestID, s.code, s.errorName = true, []byte(a.GetRequestId()), a.GetCode(), []byte(a.GetError())
		if r := a.GetSendMessage(); r != nil {
			s.result, s.seq = resultSendMessage, r.GetSeq()
		}
		return s
	}
	e := m.GetEvent()
	if which := e.ProtoReflect().WhichOneof(e.ProtoReflect().Descriptor().Oneofs().Get(0)); which != nil {
		s.event = int(which.Number())
	}
	// It was just decoded, so it can be encoded.
	s.raw, _ = proto.MarshalOptions{Deterministic: true}.Marshal(e)
	if r := e.GetRoomSkipped(); r != nil {
		s.groupID = []byte(r.GetGroupId())
		if k := r.GetSkipped(); k != nil {
			s.hasSkipped, s.skipped = true, skippedOf(k)
		}
	}
	if msg := e.GetMessage(); msg != nil {
		s.seq, s.groupID, s.senderID = msg.GetSeq(), []byte(msg.GetConversation().GetId()), []byte(msg.GetSenderId())
		for _, el := range msg.GetElements() {
			s.element(el)
		}
	}
	return s
}

func (s *seen) element(el *troupev1.Element) {
	if tip := el.GetGroupTip(); tip != nil {
		if s.tips++; s.tips == 1 {
			s.tipType, s.userCount = uint64(tip.GetTipType()), uint64(tip.GetUserCount())
		}
	}
	if _, ok := el.GetElement().(*troupev1.Element_Text); ok {
		if s.texts++; s.texts == 1 {
			s.text = []byte(el.GetText().GetText())
		}
	}
}

func skippedOf(k *troupev1.Skipped) Skipped {
	return Skipped{k.GetFromSeq(), k.GetToSeq(), k.GetHigh(), k.GetNormal(), k.GetLow(), k.GetSystem()}
}
