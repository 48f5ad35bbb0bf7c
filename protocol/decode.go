package protocol

import (
	"bytes"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// MaxRequestsPerMessage bounds how many requests one WebSocket message holds,
// so that a small message cannot ask for thousands of answers.
const MaxRequestsPerMessage = 100

// DecodeRequests calls fn with each request of one WebSocket message, in
// order. At the first one that is wrong it stops and returns an *[Error]:
// invalid_request if the frame cannot be understood (malformed, spec 18.6), or
// invalid_parameter naming the field if only a value inside the operation is
// wrong (JSON). Its RequestID is set if it could be read. What follows in the
// message is not read. The size of data is the caller's to limit. Requests do
// not refer to data afterwards.
func DecodeRequests(c Codec, data []byte, fn func(*troupev1.Request)) error {
	if c == JSON {
		return decodeTextRequests(data, fn)
	}
	if len(data) == 0 {
		return InvalidRequest("empty message")
	}
	for count := 0; len(data) > 0; count++ {
		frame, rest, ok := cutFrame(data)
		if !ok {
			return InvalidRequest("a frame's length is wrong")
		}
		if count == MaxRequestsPerMessage {
			return withID(errTooManyRequests(), binaryRequestID(frame))
		}
		req := new(troupev1.Request)
		if err := unmarshalBinary(frame, req, true); err != nil {
			return withID(InvalidRequest("malformed protobuf"), binaryRequestID(frame))
		}
		if req.Op == nil {
			return withID(InvalidRequest("no operation, or an unknown one"), req.GetRequestId())
		}
		fn(req)
		data = rest
	}
	return nil
}

// DecodeFrames calls fn with each frame of one WebSocket message, in order.
// Unknown fields, events and enum names, which newer servers may send, are
// passed over. Errors are *[Error] with invalid_request.
func DecodeFrames(c Codec, data []byte, fn func(*troupev1.Frame)) error {
	if c == JSON {
		d := decoder{scanner: scanner{data: data}, lenient: true}
		for d.more() {
			f := new(troupev1.Frame)
			if err := d.next(f); err != nil {
				return err.wire()
			}
			fn(f)
		}
		return nil
	}
	for len(data) > 0 {
		frame, rest, ok := cutFrame(data)
		f := new(troupev1.Frame)
		if !ok || unmarshalBinary(frame, f, false) != nil {
			return InvalidRequest("malformed frame")
		}
		fn(f)
		data = rest
	}
	return nil
}

func unmarshalBinary(data []byte, m proto.Message, discard bool) error {
	return proto.UnmarshalOptions{RecursionLimit: maxDepth, DiscardUnknown: discard}.Unmarshal(data, m)
}

// cutFrame cuts the first frame, which follows its length, off data.
func cutFrame(data []byte) (frame, rest []byte, ok bool) {
	n, used := protowire.ConsumeVarint(data)
	if used < 0 || n > uint64(len(data)-used) {
		return nil, nil, false
	}
	return data[used : used+int(n)], data[used+int(n):], true
}

func errTooManyRequests() *Error { return InvalidRequest("too many requests in one message") }

func withID(e *Error, id string) *Error {
	e.RequestID = strings.ToValidUTF8(id, "\uFFFD")
	return e
}

// binaryRequestID looks for the request id in a frame that cannot be decoded.
func binaryRequestID(frame []byte) string {
	for len(frame) > 0 {
		num, typ, n := protowire.ConsumeTag(frame)
		if n < 0 {
			return ""
		}
		frame = frame[n:]
		if num == 1 && typ == protowire.BytesType {
			id, _ := protowire.ConsumeBytes(frame)
			return string(id)
		}
		if n = protowire.ConsumeFieldValue(num, typ, frame); n < 0 {
			return ""
		}
		frame = frame[n:]
	}
	return ""
}

func decodeTextRequests(data []byte, fn func(*troupev1.Request)) error {
	d := decoder{scanner: scanner{data: data}}
	if !d.more() {
		return InvalidRequest("empty message")
	}
	for count := 0; d.more(); count++ {
		start := d.pos
		if count == MaxRequestsPerMessage {
			return withID(errTooManyRequests(), textRequestID(data[start:]))
		}
		req := new(troupev1.Request)
		if err := d.next(req); err != nil {
			return withID(err.request(), textRequestID(data[start:]))
		}
		if req.Op == nil {
			return withID(InvalidRequest("no operation"), req.GetRequestId())
		}
		fn(req)
	}
	return nil
}

// next reads one object, which the end of the line or of the text ends.
func (d *decoder) next(m proto.Message) *jsonError {
	r := m.ProtoReflect()
	if err := d.message(plans()[r.Descriptor().FullName()], r, 1); err != nil {
		return err
	}
	rest := bytes.TrimLeft(d.data[d.pos:], " \t\r")
	if len(rest) > 0 && rest[0] != '\n' {
		return badSyntax("text after the object")
	}
	return nil
}

// request is the error of a request: a bad value inside the operation is a
// fault of that parameter, named without the operation.
func (e *jsonError) request() *Error {
	_, field, inside := strings.Cut(e.path, ".")
	if e.value && inside {
		return InvalidParameter(field, e.text)
	}
	return fieldError(CodeInvalidRequest, e.path, e.text)
}

// textRequestID looks for the request id in an object that cannot be decoded.
func textRequestID(data []byte) string {
	s := scanner{data: data}
	id := ""
	_ = s.object(1, func(key []byte) *jsonError {
		if string(key) != "request_id" || s.peek() != '"' {
			return s.skip(2)
		}
		text, err := s.text()
		id = string(text)
		return err
	})
	return id
}
