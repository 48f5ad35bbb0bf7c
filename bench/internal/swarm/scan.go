package swarm

import (
	"encoding/binary"
	"errors"
)

// Event numbers in troupe.proto, as far as the judge tells them apart.
const (
	eventMessage      = 1
	eventLagging      = 9
	eventLevelChanged = 10
	eventRoomSkipped  = 11
)

// resultSendMessage is the number of the answer to send_message.
const resultSendMessage = 39

// seen is what a frame says, as far as the judge needs it. Its slices lie in
// the frame.
type seen struct {
	// answer, else event.
	answer    bool
	requestID []byte
	code      int32
	errorName []byte
	result    int    // number of the answer's result
	event     int    // number of the event
	raw       []byte // the event's bytes

	seq       uint64 // of a message, or that the answer to send_message gives
	groupID   []byte
	senderID  []byte
	text      []byte // of the first element
	texts     int    // elements that are texts
	tips      int    // elements that are tips
	tipType   uint64
	userCount uint64

	skipped    Skipped
	hasSkipped bool
}

// Skipped names what a receiver was spared (spec 19.9).
type Skipped struct{ From, To, High, Normal, Low, System uint64 }

var (
	errWire  = errors.New("the frame is not valid protobuf")
	errEmpty = errors.New("the frame has neither answer nor event")
)

// varint reads one; n = 0 if it is broken.
func varint(b []byte) (v uint64, n int) {
	if len(b) > 0 && b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	v, n = binary.Uvarint(b)
	return v, max(n, 0)
}

// fields goes through the fields of a message.
type fields struct {
	rest []byte
	// The present one: its number, and the value of one of wire type 0 or the
	// content of one of type 2. Others are refused, the schema has none.
	number int
	value  uint64
	bytes  []byte
	// err is why there is no next; the scan may set it.
	err error
}

// next goes on to the next field; false = there is none, or err is set.
func (f *fields) next() bool {
	if f.err != nil || len(f.rest) == 0 {
		return false
	}
	b := f.rest
	tag, n := varint(b)
	if n == 0 || tag>>3 == 0 || tag>>3 > 1<<29-1 {
		return f.broken()
	}
	b = b[n:]
	v, n := varint(b)
	if n == 0 {
		return f.broken()
	}
	b = b[n:]
	f.number = int(tag >> 3)
	switch tag & 7 {
	case 0:
		f.value, f.bytes, f.rest = v, nil, b
		return true
	case 2:
		if v > uint64(len(b)) {
			return f.broken()
		}
		f.value, f.bytes, f.rest = 0, b[:v:v], b[v:]
		return true
	}
	return f.broken()
}

func (f *fields) broken() bool {
	f.err = errWire
	return false
}

// scanFrame reads one Frame without its length.
func scanFrame(b []byte, s *seen) error {
	*s = seen{}
	found := false
	f := fields{rest: b}
	for f.next() {
		switch f.number {
		case 1:
			found, s.answer = true, true
			f.err = scanAnswer(f.bytes, s)
		case 2:
			found, s.raw = true, f.bytes
			f.err = scanEvent(f.bytes, s)
		case 3:
			s.hasSkipped = true
			f.err = scanSkipped(f.bytes, &s.skipped)
		}
	}
	if f.err == nil && !found {
		return errEmpty
	}
	return f.err
}

func scanAnswer(b []byte, s *seen) error {
	f := fields{rest: b}
	for f.next() {
		switch {
		case f.number == 1:
			s.requestID = f.bytes
		case f.number == 2:
			s.code = int32(f.value)
		case f.number == 3:
			s.errorName = f.bytes
		case f.number >= 10:
			s.result = f.number
			if f.number == resultSendMessage {
				s.seq, f.err = scanNumber(f.bytes, 1)
			}
		}
	}
	return f.err
}

// scanNumber is the value of one field.
func scanNumber(b []byte, want int) (value uint64, err error) {
	f := fields{rest: b}
	for f.next() {
		if f.number == want {
			value = f.value
		}
	}
	return value, f.err
}

// scanBytes is the content of one field.
func scanBytes(b []byte, want int) (content []byte, err error) {
	f := fields{rest: b}
	for f.next() {
		if f.number == want {
			content = f.bytes
		}
	}
	return content, f.err
}

func scanEvent(b []byte, s *seen) error {
	f := fields{rest: b}
	for f.next() {
		s.event = f.number
		switch f.number {
		case eventMessage:
			f.err = scanMessage(f.bytes, s)
		case eventRoomSkipped:
			f.err = scanRoomSkipped(f.bytes, s)
		}
	}
	return f.err
}

func scanMessage(b []byte, s *seen) error {
	f := fields{rest: b}
	for f.next() {
		switch f.number {
		case 1:
			s.groupID, f.err = scanBytes(f.bytes, 2)
		case 2:
			s.senderID = f.bytes
		case 5:
			s.seq = f.value
		case 7:
			f.err = scanElement(f.bytes, s)
		}
	}
	return f.err
}

// scanElement reads the first field only: an element is one of several.
func scanElement(b []byte, s *seen) error {
	f := fields{rest: b}
	if !f.next() {
		return f.err // none: of a sort that the schema does not have
	}
	switch f.number {
	case 1:
		if s.texts++; s.texts == 1 {
			s.text, f.err = scanBytes(f.bytes, 1)
		}
	case 4:
		if s.tips++; s.tips == 1 {
			if s.tipType, f.err = scanNumber(f.bytes, 1); f.err == nil {
				s.userCount, f.err = scanNumber(f.bytes, 7)
			}
		}
	}
	return f.err
}

func scanSkipped(b []byte, k *Skipped) error {
	f := fields{rest: b}
	for f.next() {
		switch f.number {
		case 1:
			k.From = f.value
		case 2:
			k.To = f.value
		case 3:
			k.High = f.value
		case 4:
			k.Normal = f.value
		case 5:
			k.Low = f.value
		case 6:
			k.System = f.value
		}
	}
	return f.err
}

func scanRoomSkipped(b []byte, s *seen) error {
	f := fields{rest: b}
	for f.next() {
		switch f.number {
		case 1:
			s.groupID = f.bytes
		case 2:
			s.hasSkipped = true
			f.err = scanSkipped(f.bytes, &s.skipped)
		}
	}
	return f.err
}
