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

// field cuts the first field off b. bytes is the content of a field of wire
// type 2, v the value of one of type 0; others are refused, the schema has none.
func field(b []byte) (number int, v uint64, bytes, rest []byte, err error) {
	tag, n := varint(b)
	if n == 0 || tag>>3 == 0 || tag>>3 > 1<<29-1 {
		return 0, 0, nil, nil, errWire
	}
	b = b[n:]
	v, n = varint(b)
	if n == 0 {
		return 0, 0, nil, nil, errWire
	}
	b = b[n:]
	switch tag & 7 {
	case 0:
		return int(tag >> 3), v, nil, b, nil
	case 2:
		if v > uint64(len(b)) {
			return 0, 0, nil, nil, errWire
		}
		return int(tag >> 3), 0, b[:v:v], b[v:], nil
	}
	return 0, 0, nil, nil, errWire
}

// scanFrame reads one Frame without its length.
func scanFrame(b []byte, s *seen) error {
	*s = seen{}
	found := false
	for len(b) > 0 {
		number, _, bytes, rest, err := field(b)
		if err != nil {
			return err
		}
		b = rest
		switch number {
		case 1:
			found, s.answer = true, true
			err = scanAnswer(bytes, s)
		case 2:
			found, s.raw = true, bytes
			err = scanEvent(bytes, s)
		case 3:
			s.hasSkipped = true
			err = scanSkipped(bytes, &s.skipped)
		}
		if err != nil {
			return err
		}
	}
	if !found {
		return errEmpty
	}
	return nil
}

func scanAnswer(b []byte, s *seen) error {
	for len(b) > 0 {
		number, v, bytes, rest, err := field(b)
		if err != nil {
			return err
		}
		b = rest
		switch {
		case number == 1:
			s.requestID = bytes
		case number == 2:
			s.code = int32(v)
		case number == 3:
			s.errorName = bytes
		case number >= 10:
			s.result = number
			if number == resultSendMessage {
				if s.seq, err = scanNumber(bytes, 1); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// scanNumber is the value of one field.
func scanNumber(b []byte, want int) (value uint64, err error) {
	for len(b) > 0 {
		number, v, _, rest, err := field(b)
		if err != nil {
			return 0, err
		}
		if b = rest; number == want {
			value = v
		}
	}
	return value, nil
}

// scanBytes is the content of one field.
func scanBytes(b []byte, want int) (content []byte, err error) {
	for len(b) > 0 {
		number, _, bytes, rest, err := field(b)
		if err != nil {
			return nil, err
		}
		if b = rest; number == want {
			content = bytes
		}
	}
	return content, nil
}

func scanEvent(b []byte, s *seen) error {
	for len(b) > 0 {
		number, _, bytes, rest, err := field(b)
		if err != nil {
			return err
		}
		b = rest
		s.event = number
		switch number {
		case eventMessage:
			err = scanMessage(bytes, s)
		case eventRoomSkipped:
			err = scanRoomSkipped(bytes, s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func scanMessage(b []byte, s *seen) error {
	for len(b) > 0 {
		number, v, bytes, rest, err := field(b)
		if err != nil {
			return err
		}
		b = rest
		switch number {
		case 1:
			s.groupID, err = scanBytes(bytes, 2)
		case 2:
			s.senderID = bytes
		case 5:
			s.seq = v
		case 7:
			err = scanElement(bytes, s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func scanElement(b []byte, s *seen) error {
	if len(b) == 0 {
		return nil // of a sort that the schema does not have
	}
	number, _, bytes, _, err := field(b)
	if err != nil {
		return err
	}
	switch number {
	case 1:
		if s.texts++; s.texts == 1 {
			s.text, err = scanBytes(bytes, 1)
		}
	case 4:
		if s.tips++; s.tips == 1 {
			if s.tipType, err = scanNumber(bytes, 1); err == nil {
				s.userCount, err = scanNumber(bytes, 7)
			}
		}
	}
	return err
}

func scanSkipped(b []byte, k *Skipped) error {
	for len(b) > 0 {
		number, v, _, rest, err := field(b)
		if err != nil {
			return err
		}
		b = rest
		switch number {
		case 1:
			k.From = v
		case 2:
			k.To = v
		case 3:
			k.High = v
		case 4:
			k.Normal = v
		case 5:
			k.Low = v
		case 6:
			k.System = v
		}
	}
	return nil
}

func scanRoomSkipped(b []byte, s *seen) error {
	for len(b) > 0 {
		number, _, bytes, rest, err := field(b)
		if err != nil {
			return err
		}
		b = rest
		switch number {
		case 1:
			s.groupID = bytes
		case 2:
			s.hasSkipped = true
			if err := scanSkipped(bytes, &s.skipped); err != nil {
				return err
			}
		}
	}
	return nil
}
