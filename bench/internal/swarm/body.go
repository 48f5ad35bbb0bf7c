package swarm

import (
	"encoding/hex"
	"errors"
	"fmt"
)

// MinBody is the least number of bytes of a body: what names it.
const MinBody = 4*2 + 8*2 + 8*2 + 8

// Mark is what a body says of itself: whose message it is, the how manyth of
// that publisher, and when it was due to be sent (Now's clock).
type Mark struct {
	Publisher uint32
	Counter   uint64
	Due       int64
}

// AppendBody appends a body of size bytes, at least MinBody: the mark in hex, a
// checksum of it, and letters that follow from the mark, so that a receiver can
// check every byte.
func AppendBody(b []byte, m Mark, size int) []byte {
	var raw [20]byte
	putUint(raw[:4], uint64(m.Publisher))
	putUint(raw[4:12], m.Counter)
	putUint(raw[12:], uint64(m.Due))
	b = hex.AppendEncode(b, raw[:])
	x := seed(raw[:])
	for range size - 2*len(raw) {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b = append(b, letters[x>>58])
	}
	return b
}

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

var errBody = errors.New("the body is not what was sent")

// markOf reads and checks a whole body. scratch avoids an allocation.
func markOf(body, scratch []byte) (Mark, []byte, error) {
	var raw [20]byte
	if len(body) < MinBody {
		return Mark{}, scratch, errBody
	}
	if _, err := hex.Decode(raw[:], body[:40]); err != nil {
		return Mark{}, scratch, errBody
	}
	m := Mark{Publisher: uint32(getUint(raw[:4])), Counter: getUint(raw[4:12]), Due: int64(getUint(raw[12:]))}
	scratch = AppendBody(scratch[:0], m, len(body))
	if string(scratch) != string(body) {
		return m, scratch, errBody
	}
	return m, scratch, nil
}

// seed is FNV-1a, never zero.
func seed(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h | 1
}

func putUint(b []byte, v uint64) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte(v)
		v >>= 8
	}
}

func getUint(b []byte) (v uint64) {
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v
}

// String names a message in faults.
func (m Mark) String() string {
	return fmt.Sprintf("message %d of publisher %d", m.Counter, m.Publisher)
}
