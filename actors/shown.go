package actors

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// How deleted users are shown (spec 19.14). What is stored names them as they
// were; every frame is made here, and here they are put in their place, once
// for all receivers and both codecs.

// frameOf is protocol.FrameOf as everybody may see it.
func (s *System) frameOf(id group.ID, stream group.StreamID, live bool, f group.Frame, inboxSeq uint64) *protocol.Frame {
	out := protocol.FrameOf(id, stream, live, f, inboxSeq)
	if out != nil {
		s.show(out)
	}
	return out
}

// answerFrame is protocol.AnswerFrame as the caller may see it.
func (s *System) answerFrame(a *troupev1.Answer) *protocol.Frame {
	out := protocol.AnswerFrame(a)
	s.show(out)
	return out
}

func (s *System) show(f *protocol.Frame) {
	if s.deletions.some.Load() {
		protocol.ShowDeleted(f.Message(), &s.deletions)
	}
}
