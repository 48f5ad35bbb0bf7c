package protocol

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// MarshalJSON writes a message of the schema as troupe.v1.json has it: fields
// by the names of the schema, enums by their lower-case names without prefix
// (unnamed ones as numbers), bytes as base64, all integers as numbers. Zero
// values are left out, except of fields that are optional and set. The order
// of fields is that of the schema; text that is not UTF-8 is replaced.
func MarshalJSON(m proto.Message) ([]byte, error) {
	r := m.ProtoReflect()
	if plans()[r.Descriptor().FullName()] == nil {
		return nil, fmt.Errorf("protocol: message %s is not of the schema", r.Descriptor().FullName())
	}
	return appendJSON(nil, r), nil
}

func appendJSON(b []byte, m protoreflect.Message) []byte {
	return appendMessage(b, plans()[m.Descriptor().FullName()], m)
}

func appendMessage(b []byte, p *messagePlan, m protoreflect.Message) []byte {
	b = append(b, '{')
	start := len(b)
	for i := range p.groups {
		f := p.groups[i].field
		if f == nil {
			set := m.WhichOneof(p.groups[i].oneof)
			if set == nil {
				continue
			}
			f = p.groups[i].members[set.Number()]
		} else if !m.Has(f.desc) {
			continue
		}
		if len(b) > start {
			b = append(b, ',')
		}
		b = append(b, f.key...)
		b = appendField(b, f, m.Get(f.desc))
	}
	return append(b, '}')
}

func appendField(b []byte, f *fieldPlan, v protoreflect.Value) []byte {
	if !f.list {
		return appendValue(b, f, v)
	}
	b = append(b, '[')
	list := v.List()
	for i := range list.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendValue(b, f, list.Get(i))
	}
	return append(b, ']')
}

func appendValue(b []byte, f *fieldPlan, v protoreflect.Value) []byte {
	switch f.kind {
	case protoreflect.StringKind:
		return appendText(b, v.String())
	case protoreflect.MessageKind:
		return appendMessage(b, f.msg, v.Message())
	case protoreflect.EnumKind:
		if name, ok := f.enum.byNumber[v.Enum()]; ok {
			return append(append(append(b, '"'), name...), '"')
		}
		return strconv.AppendInt(b, int64(v.Enum()), 10)
	case protoreflect.BoolKind:
		return strconv.AppendBool(b, v.Bool())
	case protoreflect.BytesKind:
		b = base64.StdEncoding.AppendEncode(append(b, '"'), v.Bytes())
		return append(b, '"')
	case protoreflect.Int32Kind, protoreflect.Int64Kind:
		return strconv.AppendInt(b, v.Int(), 10)
	}
	return strconv.AppendUint(b, v.Uint(), 10)
}

const hexDigits = "0123456789abcdef"

func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	done := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			b = appendEscape(append(b, s[done:i]...), c)
			i++
			done = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			b = append(append(b, s[done:i]...), "\uFFFD"...)
			done = i + 1
		}
		i += size
	}
	return append(append(b, s[done:]...), '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
