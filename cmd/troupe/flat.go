package main

import (
	"bytes"
	"encoding/json"
	"strconv"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// chosen returns the message that a oneof holds, with the name of its field.
func chosen(m proto.Message, oneof protoreflect.Name) (string, proto.Message) {
	r := m.ProtoReflect()
	fd := r.WhichOneof(r.Descriptor().Oneofs().ByName(oneof))
	if fd == nil {
		return "", nil
	}
	return string(fd.Name()), r.Get(fd).Message().Interface()
}

// object writes one JSON object on one line.
type object struct{ b []byte }

func (o *object) key(name string) {
	if len(o.b) == 0 {
		o.b = append(o.b, '{')
	} else {
		o.b = append(o.b, ',')
	}
	o.b = strconv.AppendQuote(o.b, name)
	o.b = append(o.b, ':')
}

func (o *object) text(name, value string) {
	if value == "" {
		return
	}
	o.key(name)
	quoted, _ := json.Marshal(value)
	o.b = append(o.b, quoted...)
}

func (o *object) message(name string, m proto.Message) error {
	data, err := protocol.MarshalJSON(m)
	if err == nil {
		o.key(name)
		o.b = append(o.b, data...)
	}
	return err
}

// flat adds the fields of a message beside what there is.
func (o *object) flat(m proto.Message) error {
	if m == nil {
		return nil
	}
	data, err := protocol.MarshalJSON(m)
	if err != nil || len(data) <= 2 {
		return err
	}
	if len(o.b) == 0 {
		o.b = append(o.b, '{')
	} else {
		o.b = append(o.b, ',')
	}
	o.b = append(o.b, data[1:len(data)-1]...)
	return nil
}

func (o *object) bytes() []byte {
	if len(o.b) == 0 {
		return []byte("{}")
	}
	return append(o.b, '}')
}

// flatAnswer is an answer with the fields of its result at the top.
func flatAnswer(a *troupev1.Answer) ([]byte, error) {
	var o object
	o.key("code")
	o.b = strconv.AppendInt(o.b, int64(a.GetCode()), 10)
	o.text("error", a.GetError())
	o.text("message", a.GetMessage())
	if a.GetDetails() != nil {
		if err := o.message("details", a.GetDetails()); err != nil {
			return nil, err
		}
	}
	_, result := chosen(a, "result")
	err := o.flat(result)
	return o.bytes(), err
}

// prettyAnswer is an answer for people.
func prettyAnswer(op string, a *troupev1.Answer) (string, error) {
	var b bytes.Buffer
	b.WriteString(op + ": ")
	if row, ok := codeRow(a.GetCode()); ok && row.Code != 0 {
		b.WriteString(row.Name + " (" + strconv.Itoa(int(row.Code)) + "): " + row.Text + "\n")
	} else {
		b.WriteString("ok\n")
	}
	_, result := chosen(a, "result")
	if result == nil {
		return b.String(), nil
	}
	data, err := protocol.MarshalJSON(result)
	if err != nil || len(data) <= 2 {
		return b.String(), err
	}
	err = json.Indent(&b, data, "", "  ")
	b.WriteByte('\n')
	return b.String(), err
}
