package wire

import (
	"errors"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// ErrMalformed is returned where bytes are not the wire format, or a field has
// another type or range than its reader asks for.
var ErrMalformed = errors.New("malformed protobuf")

// Reader reads the fields of one message. Next steps to a field; then exactly
// one of the value methods may take it; what is not taken is skipped. The
// first fault is kept in Err, and Next reports false from then on. Strings
// are copies, Bytes are not.
type Reader struct {
	// Num is the number of the present field.
	Num Num

	rest  []byte
	typ   protowire.Type
	taken bool
	err   error
}

// Read starts reading a message.
func Read(b []byte) Reader { return Reader{rest: b, taken: true} }

// Err is the first fault, nil if there was none.
func (r *Reader) Err() error { return r.err }

// Fail keeps a fault that the caller found.
func (r *Reader) Fail(err error) {
	if r.err == nil && err != nil {
		r.err = err
	}
}

// Next steps to the next field; false at the end or after a fault.
func (r *Reader) Next() bool {
	if r.err == nil && !r.taken {
		n := protowire.ConsumeFieldValue(r.Num, r.typ, r.rest)
		r.advance(n)
	}
	if r.err != nil || len(r.rest) == 0 {
		return false
	}
	num, typ, n := protowire.ConsumeTag(r.rest)
	r.advance(n)
	r.Num, r.typ, r.taken = num, typ, false
	return r.err == nil
}

func (r *Reader) advance(n int) {
	r.taken = true
	if n < 0 {
		r.Fail(ErrMalformed)
		return
	}
	r.rest = r.rest[n:]
}

func (r *Reader) varint() uint64 {
	if r.typ != protowire.VarintType {
		r.Fail(ErrMalformed)
		return 0
	}
	v, n := protowire.ConsumeVarint(r.rest)
	r.advance(n)
	return v
}

// Uint64 takes a varint.
func (r *Reader) Uint64() uint64 { return r.varint() }

// Uint32 takes a varint that must fit.
func (r *Reader) Uint32() uint32 {
	v := r.varint()
	if v > math.MaxUint32 {
		r.Fail(ErrMalformed)
		return 0
	}
	return uint32(v)
}

// Uint8 takes a varint that must fit.
func (r *Reader) Uint8() uint8 {
	v := r.varint()
	if v > math.MaxUint8 {
		r.Fail(ErrMalformed)
		return 0
	}
	return uint8(v)
}

// Int64 takes a zigzag varint.
func (r *Reader) Int64() int64 { return protowire.DecodeZigZag(r.varint()) }

// Int32 takes a zigzag varint that must fit.
func (r *Reader) Int32() int32 {
	v := r.Int64()
	if v > math.MaxInt32 || v < math.MinInt32 {
		r.Fail(ErrMalformed)
		return 0
	}
	return int32(v)
}

// Bool takes a bool.
func (r *Reader) Bool() bool { return r.varint() != 0 }

// Fixed64 takes eight bytes.
func (r *Reader) Fixed64() uint64 {
	if r.typ != protowire.Fixed64Type {
		r.Fail(ErrMalformed)
		return 0
	}
	v, n := protowire.ConsumeFixed64(r.rest)
	r.advance(n)
	return v
}

// Bytes takes bytes or a nested message; they alias the input.
func (r *Reader) Bytes() []byte {
	if r.typ != protowire.BytesType {
		r.Fail(ErrMalformed)
		return nil
	}
	v, n := protowire.ConsumeBytes(r.rest)
	r.advance(n)
	return v
}

// Text takes a string.
func (r *Reader) Text() string { return string(r.Bytes()) }

// Packed appends a repeated number, in packed form or as a single one.
func (r *Reader) Packed(add func(uint64)) {
	if r.typ == protowire.VarintType {
		add(r.varint())
		return
	}
	for b := r.Bytes(); len(b) > 0; {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			r.Fail(ErrMalformed)
			return
		}
		add(v)
		b = b[n:]
	}
}

// Sub takes a nested message and reads it with read.
func Sub[T any](r *Reader, into *T, read func([]byte, *T) error) {
	b := r.Bytes()
	if r.err == nil {
		r.Fail(read(b, into))
	}
}
