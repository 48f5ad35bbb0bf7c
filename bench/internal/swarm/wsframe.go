package swarm

import (
	"encoding/binary"
	"errors"
)

// Opcodes of WebSocket messages.
const (
	opText   = 1
	opBinary = 2
	opClose  = 8
	opPing   = 9
	opPong   = 10
)

// maxFrame is the largest message taken from a server, twice its largest frame.
const maxFrame = 2 << 20

var (
	errMasked     = errors.New("a server's WebSocket frame is masked")
	errFragment   = errors.New("a server's WebSocket message is fragmented or has reserved bits")
	errFrameSize  = errors.New("a server's WebSocket message is too large")
	errFrameShort = errors.New("a length is not in its shortest form")
)

// wsFrame cuts the first WebSocket frame off b: its opcode, payload and size
// with the header. Size 0 without error: it is not complete.
func wsFrame(b []byte) (op byte, payload []byte, size int, err error) {
	if len(b) < 2 {
		return 0, nil, 0, nil
	}
	if b[0]&0xf0 != 0x80 {
		return 0, nil, 0, errFragment
	}
	if b[1]&0x80 != 0 {
		return 0, nil, 0, errMasked
	}
	head, n := 2, uint64(b[1])
	switch n {
	case 126:
		if head = 4; len(b) < head {
			return 0, nil, 0, nil
		}
		if n = uint64(binary.BigEndian.Uint16(b[2:])); n < 126 {
			return 0, nil, 0, errFrameShort
		}
	case 127:
		if head = 10; len(b) < head {
			return 0, nil, 0, nil
		}
		if n = binary.BigEndian.Uint64(b[2:]); n < 1<<16 {
			return 0, nil, 0, errFrameShort
		}
	}
	if n > maxFrame {
		return 0, nil, 0, errFrameSize
	}
	if size = head + int(n); len(b) < size {
		return 0, nil, 0, nil
	}
	return b[0] & 0x0f, b[head:size], size, nil
}

// appendClientFrame appends a masked frame. The mask is zero: the payload goes
// out as it is, which the RFC's form allows and which costs nothing.
func appendClientFrame(b []byte, op byte, payload []byte) []byte {
	b = append(b, 0x80|op)
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	b = append(b, 0, 0, 0, 0)
	return append(b, payload...)
}

// AppendServerFrame appends a frame as a server writes it.
func AppendServerFrame(b []byte, payload []byte) []byte {
	b = append(b, 0x80|opBinary)
	switch n := len(payload); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, payload...)
}
