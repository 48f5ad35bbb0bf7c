package gateway

import (
	"encoding/binary"
	"strings"
	"sync"
	"time"

	"github.com/troupe-im/troupe/protocol"
)

// joinBytes bounds what is joined into one write.
const joinBytes = 16 << 10

var joinBuffers = sync.Pool{New: func() any { return new([joinBytes]byte) }}

// next is the wire form of what is written next; nil if nothing waits.
func (q *queue) next() []byte {
	switch {
	case q.pong != nil:
		return q.pong
	case q.ping:
		return pingFrame
	case len(q.urgent) > 0:
		return q.urgent[0].data
	}
	for ; q.head < len(q.slots); q.head++ {
		s := &q.slots[q.head]
		if s.block != nil {
			return s.block.Bytes(q.codec)
		}
		if s.frame == nil {
			continue
		}
		if s.before != nil {
			q.envelop(s)
		}
		return s.frame.Bytes(q.codec)
	}
	return q.final
}

// envelop puts what was left out before a frame into its envelope.
func (q *queue) envelop(s *slot) {
	q.bytes -= len(s.frame.Bytes(q.codec))
	s.frame, s.before = withSpared(s.frame, s.before), nil
	q.bytes += len(s.frame.Bytes(q.codec))
}

// pop moves what next gave to those that are being written.
func (q *queue) pop() {
	fl := &q.flight
	switch {
	case q.pong != nil:
		fl.raw += len(q.pong)
		q.pong = nil
	case q.ping:
		fl.raw += len(pingFrame)
		q.ping = false
	case len(q.urgent) > 0:
		u := q.urgent[0]
		q.urgent = append(q.urgent[:0], q.urgent[1:]...)
		fl.names = fl.names || u.names
		fl.add(protocol.ClassControl, len(u.data))
	case q.head < len(q.slots):
		s := q.slots[q.head]
		q.slots[q.head] = slot{}
		q.head++
		if s.block != nil {
			q.blocks--
			fl.addBlock(s.block, len(s.block.Bytes(q.codec)))
		} else {
			fl.add(s.frame.Class, len(s.frame.Bytes(q.codec)))
		}
		if q.head == len(q.slots) {
			q.slots, q.head = q.slots[:0], 0
		}
	default:
		fl.raw += len(q.final)
		fl.last = true
		q.final = nil
	}
}

func (fl *flight) add(class protocol.Class, size int) {
	fl.frames++
	fl.bytes += size
	fl.classes[class]++
}

func (fl *flight) addBlock(b *protocol.Block, size int) {
	fl.frames += len(b.Frames())
	fl.bytes += size
	for c, n := range b.Classes() {
		fl.classes[c] += n
	}
}

// take gives the bytes of the next write: as many whole frames as fit into
// buf, or one alone. buf is got when it is needed. Nil: nothing waits.
func (q *queue) take(buf *joinBuffer) []byte {
	first := q.next()
	if first == nil {
		return nil
	}
	q.pop()
	second := q.next()
	if second == nil || len(first)+len(second) > joinBytes {
		return first
	}
	out := append(buf.get(), first...)
	for data := second; data != nil && len(out)+len(data) <= joinBytes; data = q.next() {
		out = append(out, data...)
		q.pop()
	}
	return out
}

// fly takes over what is being written already.
func (q *queue) fly(fl flight, now time.Duration) {
	if !q.waiting() {
		q.ladder.wait(now)
	}
	q.flight = fl
	q.frames += fl.frames
	q.bytes += fl.bytes
}

// written says that what was taken is on its way; it returns what that was.
func (q *queue) written(now time.Duration) flight {
	fl := q.flight
	q.flight = flight{}
	q.frames -= fl.frames
	q.bytes -= fl.bytes
	if fl.frames > 0 {
		q.ladder.taken(now, q.fill())
	}
	if fl.names {
		q.apply(q.ladder.recovered(now, q.fill()), now)
	}
	return fl
}

// joinBuffer is a pooled buffer that is got when first needed.
type joinBuffer struct{ b *[joinBytes]byte }

func (j *joinBuffer) get() []byte {
	if j.b == nil {
		j.b = joinBuffers.Get().(*[joinBytes]byte)
	}
	return j.b[:0]
}

func (j *joinBuffer) put() {
	if j.b != nil {
		joinBuffers.Put(j.b)
		j.b = nil
	}
}

// closeFrame is a close frame; the reason is cut to fit a control frame.
func closeFrame(code int, reason string) []byte {
	const most = 123
	if len(reason) > most {
		reason = strings.ToValidUTF8(reason[:most], "")
	}
	b := append(make([]byte, 0, 4+len(reason)), 0x88, byte(2+len(reason)))
	b = binary.BigEndian.AppendUint16(b, uint16(code))
	return append(b, reason...)
}
