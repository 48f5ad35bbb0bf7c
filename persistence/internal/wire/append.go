package wire

import "google.golang.org/protobuf/encoding/protowire"

// Num is the number of a field.
type Num = protowire.Number

// Uint appends a varint field; zero is left out.
func Uint[T ~uint8 | ~uint32 | ~uint64](b []byte, num Num, v T) []byte {
	if v == 0 {
		return b
	}
	return UintAlways(b, num, v)
}

// UintAlways appends a varint field, zero too.
func UintAlways[T ~uint8 | ~uint32 | ~uint64](b []byte, num Num, v T) []byte {
	b = protowire.AppendTag(b, num, protowire.VarintType)
	return protowire.AppendVarint(b, uint64(v))
}

// Int appends a signed number as a zigzag varint (sint64); zero is left out.
func Int[T ~int32 | ~int64](b []byte, num Num, v T) []byte {
	if v == 0 {
		return b
	}
	return IntAlways(b, num, v)
}

// IntAlways appends a signed number, zero too.
func IntAlways[T ~int32 | ~int64](b []byte, num Num, v T) []byte {
	b = protowire.AppendTag(b, num, protowire.VarintType)
	return protowire.AppendVarint(b, protowire.EncodeZigZag(int64(v)))
}

// Bool appends true; false is left out.
func Bool(b []byte, num Num, v bool) []byte {
	if !v {
		return b
	}
	return UintAlways(b, num, uint8(1))
}

// BoolAlways appends a bool, false too.
func BoolAlways(b []byte, num Num, v bool) []byte {
	if v {
		return UintAlways(b, num, uint8(1))
	}
	return UintAlways(b, num, uint8(0))
}

// Fixed64 appends eight bytes, for hashes; zero is left out.
func Fixed64(b []byte, num Num, v uint64) []byte {
	if v == 0 {
		return b
	}
	b = protowire.AppendTag(b, num, protowire.Fixed64Type)
	return protowire.AppendFixed64(b, v)
}

// String appends a string or bytes; empty is left out.
func String[T ~string | ~[]byte](b []byte, num Num, v T) []byte {
	if len(v) == 0 {
		return b
	}
	return StringAlways(b, num, v)
}

// StringAlways appends a string or bytes, empty too.
func StringAlways[T ~string | ~[]byte](b []byte, num Num, v T) []byte {
	b = protowire.AppendTag(b, num, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(len(v)))
	return append(b, v...)
}

// Strings appends a repeated string, empty ones too.
func Strings[T ~string](b []byte, num Num, vs []T) []byte {
	for _, v := range vs {
		b = StringAlways(b, num, v)
	}
	return b
}

// Packed appends a repeated number in packed form; an empty list is left out.
func Packed[T ~uint8 | ~uint32 | ~uint64](b []byte, num Num, vs []T) []byte {
	if len(vs) == 0 {
		return b
	}
	b, at := Open(b, num)
	for _, v := range vs {
		b = protowire.AppendVarint(b, uint64(v))
	}
	return Shut(b, at)
}

// Open begins a nested message; what is appended until Shut is its content.
func Open(b []byte, num Num) ([]byte, int) {
	b = protowire.AppendTag(b, num, protowire.BytesType)
	return append(b, 0), len(b) + 1
}

// Shut ends the nested message that Open began at at. Content of 128 bytes
// and more is moved to make room for its length.
func Shut(b []byte, at int) []byte {
	size := len(b) - at
	if size < 0x80 {
		b[at-1] = byte(size)
		return b
	}
	extra := protowire.SizeVarint(uint64(size)) - 1
	for range extra {
		b = append(b, 0)
	}
	copy(b[at+extra:], b[at:at+size])
	protowire.AppendVarint(b[:at-1], uint64(size))
	return b
}

// Message appends a nested message with what fill writes, empty ones too.
func Message[T any](b []byte, num Num, v T, fill func([]byte, T) []byte) []byte {
	b, at := Open(b, num)
	return Shut(fill(b, v), at)
}
