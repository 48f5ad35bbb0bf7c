package protocol

import (
	"sync/atomic"

	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Codec is one of the two sub-protocols.
type Codec uint8

// The codecs, with the names of their WebSocket sub-protocols.
const (
	Binary Codec = 1 // troupe.v1
	JSON   Codec = 2 // troupe.v1.json
)

// Class says what a frame is promised (spec 18.2).
type Class uint8

// The classes.
const (
	ClassAnswer   Class = 1
	ClassNumbered Class = 2
	ClassLive     Class = 3
	ClassState    Class = 4
	ClassHint     Class = 5
	ClassControl  Class = 6
)

// Frame is one immutable frame to clients, encoded at most once per codec and
// shared by all its receivers.
type Frame struct {
	Class Class
	// Stream is the group's stream of numbered and live frames and of state
	// frames about a group; 0 = the inbox or none.
	Stream group.StreamID
	// Seq is the number in Stream, or in the inbox for notices.
	Seq uint64
	// Subject tells which frames of class state or hint replace each other.
	Subject string
	// Discardable: not delivered under remind type discard (messages).
	Discardable bool
	// Priority orders frames of class live for leaving out (spec 19.11); zero
	// reads as system.
	Priority group.Priority
	// Attaches: it is the answer to an attach that was carried out. Level pull
	// voids it with the streams it names (spec 19.11).
	Attaches bool

	// shed is what a room was spared before this frame; see [Frame.AfterShed].
	shed *shed

	frame *troupev1.Frame
	wire  [2]atomic.Pointer[[]byte]
}

// NewFrame makes a frame of a message that must not be changed any more.
func NewFrame(class Class, f *troupev1.Frame) *Frame { return &Frame{Class: class, frame: f} }

// Message is the content; it must not be changed.
func (f *Frame) Message() *troupev1.Frame { return f.frame }

// Bytes is the frame as one complete, unmasked WebSocket message of the
// codec, ready to be written to the socket. The slice is shared: do not change it.
func (f *Frame) Bytes(c Codec) []byte {
	slot := &f.wire[c-1]
	if b := slot.Load(); b != nil {
		return *b
	}
	b := encodeFrame(c, f.frame)
	// Two racing encoders make equal bytes; either may win.
	slot.CompareAndSwap(nil, &b)
	return *slot.Load()
}

// AnswerFrame makes the frame of an answer.
func AnswerFrame(a *troupev1.Answer) *Frame {
	return NewFrame(ClassAnswer, &troupev1.Frame{Frame: &troupev1.Frame_Answer{Answer: a}})
}

// EventFrame makes the frame of an event.
func EventFrame(class Class, e *troupev1.Event) *Frame {
	return NewFrame(class, &troupev1.Frame{Frame: &troupev1.Frame_Event{Event: e}})
}

// WithSkipped is the same frame for one connection that was spared what comes
// before it (spec 19.9). The frame itself, which others share, stays as it is.
func (f *Frame) WithSkipped(s *troupev1.Skipped) *Frame {
	return &Frame{
		Class: f.Class, Stream: f.Stream, Seq: f.Seq, Subject: f.Subject, Discardable: f.Discardable, Priority: f.Priority,
		frame: &troupev1.Frame{Frame: f.frame.Frame, Skipped: s},
	}
}
