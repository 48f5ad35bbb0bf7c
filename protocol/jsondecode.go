package protocol

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// UnmarshalJSON reads what [MarshalJSON] writes into an empty message. It is
// strict: an unknown field, a wrong type, a key given twice, two members of a
// oneof, null, trailing text, text that is not UTF-8 and more than 16 levels
// are errors. Enums may be given by name or number. Errors are *[Error] with
// invalid_request or, for a bad value of a known field, invalid_parameter.
func UnmarshalJSON(data []byte, m proto.Message) error {
	r := m.ProtoReflect()
	p := plans()[r.Descriptor().FullName()]
	if p == nil {
		return fmt.Errorf("protocol: message %s is not of the schema", r.Descriptor().FullName())
	}
	d := decoder{scanner: scanner{data: data}}
	err := d.message(p, r, 1)
	if err == nil && d.more() {
		err = badSyntax("text after the object")
	}
	if err != nil {
		return err.wire()
	}
	return nil
}

// wire is the error as clients see it.
func (e *jsonError) wire() *Error {
	if e.value {
		return InvalidParameter(e.path, e.text)
	}
	return fieldError(CodeInvalidRequest, e.path, e.text)
}

type decoder struct {
	scanner
	// lenient: unknown fields and enum names are passed over, as clients do
	// with what newer servers send.
	lenient bool
}

func (d *decoder) message(p *messagePlan, m protoreflect.Message, depth int) *jsonError {
	var seen [4]uint64
	return d.object(depth, func(key []byte) *jsonError {
		f := p.byName[string(key)]
		if f == nil {
			if d.lenient {
				return d.skip(depth + 1)
			}
			return badValue("unknown field").in(printable(key))
		}
		if seen[f.index/64]&(1<<(f.index%64)) != 0 {
			return badSyntax("given twice").in(f.name)
		}
		seen[f.index/64] |= 1 << (f.index % 64)
		if f.oneof != nil && m.WhichOneof(f.oneof) != nil {
			return badSyntax("only one of its kind may be given").in(f.name)
		}
		if err := d.field(f, m, depth); err != nil {
			return err.in(f.name)
		}
		return nil
	})
}

// printable makes an unknown key fit for an error.
func printable(key []byte) string {
	const most = 64
	if len(key) > most {
		key = key[:most]
	}
	return string([]rune(string(key)))
}

func (d *decoder) field(f *fieldPlan, m protoreflect.Message, depth int) *jsonError {
	switch {
	case f.list:
		list := m.Mutable(f.desc).List()
		return d.array(depth+1, func(i int) *jsonError {
			if err := d.item(f, list, depth); err != nil {
				return err.in("[" + strconv.Itoa(i) + "]")
			}
			return nil
		})
	case f.msg != nil:
		return d.message(f.msg, m.Mutable(f.desc).Message(), depth+1)
	}
	v, err := d.value(f)
	if err == nil && v.IsValid() {
		m.Set(f.desc, v)
	}
	return err
}

func (d *decoder) item(f *fieldPlan, list protoreflect.List, depth int) *jsonError {
	if f.msg != nil {
		return d.message(f.msg, list.AppendMutable().Message(), depth+2)
	}
	v, err := d.value(f)
	if err == nil && v.IsValid() {
		list.Append(v)
	}
	return err
}

// value reads a value that is no message. An invalid Value without error is
// an enum name to be passed over.
func (d *decoder) value(f *fieldPlan) (protoreflect.Value, *jsonError) {
	switch f.kind {
	case protoreflect.StringKind:
		b, err := d.text()
		if err != nil {
			return protoreflect.Value{}, err
		}
		return protoreflect.ValueOfString(string(b)), nil
	case protoreflect.EnumKind:
		return d.enum(f.enum)
	case protoreflect.BytesKind:
		return d.base64()
	case protoreflect.BoolKind:
		w := d.word()
		if w != "true" && w != "false" {
			return protoreflect.Value{}, badValue("must be true or false")
		}
		return protoreflect.ValueOfBool(w == "true"), nil
	}
	return d.number(f.kind)
}

func (d *decoder) number(kind protoreflect.Kind) (v protoreflect.Value, err *jsonError) {
	negative, n, err := d.integer()
	if err != nil {
		return v, err
	}
	switch kind {
	case protoreflect.Int32Kind, protoreflect.Int64Kind:
		i, ok := signed64(negative, n)
		if !ok || kind == protoreflect.Int32Kind && (i < math.MinInt32 || i > math.MaxInt32) {
			return v, badValue("out of range")
		}
		if kind == protoreflect.Int32Kind {
			return protoreflect.ValueOfInt32(int32(i)), nil
		}
		return protoreflect.ValueOfInt64(i), nil
	}
	if negative && n != 0 || kind == protoreflect.Uint32Kind && n > math.MaxUint32 {
		return v, badValue("out of range")
	}
	if kind == protoreflect.Uint32Kind {
		return protoreflect.ValueOfUint32(uint32(n)), nil
	}
	return protoreflect.ValueOfUint64(n), nil
}

func signed64(negative bool, n uint64) (int64, bool) {
	if negative {
		return -int64(n), n <= 1<<63
	}
	return int64(n), n <= math.MaxInt64
}

func (d *decoder) enum(e *enumPlan) (v protoreflect.Value, err *jsonError) {
	if d.peek() != '"' {
		n, err := d.number(protoreflect.Int32Kind)
		if err != nil {
			return v, badValue("must be a name or a number")
		}
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(n.Int())), nil
	}
	name, err := d.text()
	if err != nil {
		return v, err
	}
	n, ok := e.byName[string(name)]
	if !ok && !d.lenient {
		return v, badValue("unknown name")
	}
	if !ok {
		return v, nil
	}
	return protoreflect.ValueOfEnum(n), nil
}

func (d *decoder) base64() (v protoreflect.Value, err *jsonError) {
	text, err := d.text()
	if err != nil {
		return v, err
	}
	data, fail := base64.StdEncoding.Strict().AppendDecode(nil, text)
	if fail != nil {
		return v, badValue("must be base64")
	}
	return protoreflect.ValueOfBytes(data), nil
}
