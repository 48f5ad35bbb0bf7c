package protocol

import (
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"
)

// fillRandom fills a message with random values, which the codecs must carry
// unchanged. Depth bounds the nesting.
func fillRandom(t *rapid.T, m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if o := f.ContainingOneof(); o != nil && !o.IsSynthetic() {
			continue
		}
		if rapid.IntRange(0, 2).Draw(t, "set") > 0 {
			fillField(t, m, f, depth)
		}
	}
	oneofs := m.Descriptor().Oneofs()
	for i := range oneofs.Len() {
		if o := oneofs.Get(i); !o.IsSynthetic() {
			fillField(t, m, o.Fields().Get(rapid.IntRange(0, o.Fields().Len()-1).Draw(t, "member")), depth)
		}
	}
}

func fillField(t *rapid.T, m protoreflect.Message, f protoreflect.FieldDescriptor, depth int) {
	message := f.Kind() == protoreflect.MessageKind
	switch {
	case message && depth == 0:
	case f.IsList():
		list := m.Mutable(f).List()
		for range rapid.IntRange(1, 2).Draw(t, "len") {
			if message {
				fillRandom(t, list.AppendMutable().Message(), depth-1)
			} else {
				list.Append(randomValue(t, f))
			}
		}
	case message:
		fillRandom(t, m.Mutable(f).Message(), depth-1)
	default:
		m.Set(f, randomValue(t, f))
	}
}

func randomValue(t *rapid.T, f protoreflect.FieldDescriptor) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(rapid.String().Draw(t, "text"))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "bytes"))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(rapid.Bool().Draw(t, "bool"))
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(rapid.Int32().Draw(t, "enum") % 12))
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(rapid.Int32().Draw(t, "int32"))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(rapid.Int64().Draw(t, "int64"))
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(rapid.Uint32().Draw(t, "uint32"))
	}
	return protoreflect.ValueOfUint64(rapid.Uint64().Draw(t, "uint64"))
}
