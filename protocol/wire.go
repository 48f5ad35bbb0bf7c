package protocol

import (
	"encoding/binary"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Names of the WebSocket sub-protocols (spec 18.1).
const (
	SubprotocolBinary = "troupe.v1"
	SubprotocolJSON   = "troupe.v1.json"
)

// maxDepth bounds how deep messages may be nested on input.
const maxDepth = 16

const (
	opText     = 0x81 // FIN and opcode 1
	opBinary   = 0x82 // FIN and opcode 2
	maxHeader  = 10
	small, mid = 125, 1<<16 - 1
)

// String returns the codec's sub-protocol name.
func (c Codec) String() string {
	if c == JSON {
		return SubprotocolJSON
	}
	return SubprotocolBinary
}

// CodecOf returns the codec of a sub-protocol name; false if it is unknown.
func CodecOf(subprotocol string) (Codec, bool) {
	switch subprotocol {
	case SubprotocolBinary:
		return Binary, true
	case SubprotocolJSON:
		return JSON, true
	}
	return 0, false
}

// encodeFrame makes one complete, unmasked WebSocket message of a frame. The
// frame may be encoded by several goroutines at once.
func encodeFrame(c Codec, f *troupev1.Frame) []byte {
	if c == JSON {
		return encodeTextFrame(f)
	}
	size := proto.Size(f)
	length := protowire.SizeVarint(uint64(size)) + size
	buf := appendHeader(make([]byte, 0, maxHeader+length), opBinary, length)
	out, err := appendSized(buf, f, size)
	if err != nil {
		return encodeFrame(c, cleaned(f))
	}
	return out
}

// encodeTextFrame leaves room for the longest header, since the length is not
// known before the text is.
func encodeTextFrame(f *troupev1.Frame) []byte {
	buf := make([]byte, maxHeader, maxHeader+128+2*proto.Size(f))
	buf = appendJSON(buf, f.ProtoReflect())
	var scratch [maxHeader]byte
	header := appendHeader(scratch[:0], opText, len(buf)-maxHeader)
	start := maxHeader - len(header)
	copy(buf[start:], header)
	return buf[start:]
}

func appendHeader(b []byte, op byte, length int) []byte {
	switch {
	case length <= small:
		return append(b, op, byte(length))
	case length <= mid:
		return binary.BigEndian.AppendUint16(append(b, op, 126), uint16(length))
	}
	return binary.BigEndian.AppendUint64(append(b, op, 127), uint64(length))
}

// appendSized appends a message preceded by its length. size is proto.Size(m),
// just taken. The only possible error is text that is not UTF-8.
func appendSized(b []byte, m proto.Message, size int) ([]byte, error) {
	b = protowire.AppendVarint(b, uint64(size))
	return proto.MarshalOptions{UseCachedSize: true}.MarshalAppend(b, m)
}

// EncodeRequest makes the payload of a WebSocket message that carries one
// request; payloads of Binary may be joined, of JSON with a newline between.
func EncodeRequest(c Codec, req *troupev1.Request) []byte {
	if c == JSON {
		return appendJSON(make([]byte, 0, 128+2*proto.Size(req)), req.ProtoReflect())
	}
	size := proto.Size(req)
	out, err := appendSized(make([]byte, 0, protowire.SizeVarint(uint64(size))+size), req, size)
	if err != nil {
		return EncodeRequest(c, cleaned(req))
	}
	return out
}

// cleaned is a copy with all text made UTF-8. The door refuses other text, so
// it came from outside the protocol (a token, a deployment's own data); one
// such name must not stop what everybody is told.
func cleaned[M proto.Message](m M) M {
	out := proto.Clone(m).(M)
	cleanText(out.ProtoReflect())
	return out
}

// cleanText replaces what is not UTF-8 in all texts of a message.
func cleanText(m protoreflect.Message) {
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.IsList():
			cleanList(fd, v.List())
		case fd.Kind() == protoreflect.MessageKind:
			cleanText(v.Message())
		case fd.Kind() == protoreflect.StringKind:
			m.Set(fd, cleanString(v))
		}
		return true
	})
}

func cleanList(fd protoreflect.FieldDescriptor, list protoreflect.List) {
	for i := range list.Len() {
		switch fd.Kind() {
		case protoreflect.MessageKind:
			cleanText(list.Get(i).Message())
		case protoreflect.StringKind:
			list.Set(i, cleanString(list.Get(i)))
		}
	}
}

func cleanString(v protoreflect.Value) protoreflect.Value {
	return protoreflect.ValueOfString(strings.ToValidUTF8(v.String(), "\uFFFD"))
}
