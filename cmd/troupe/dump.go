package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"github.com/troupe-im/troupe/group"
)

// dumped is an event of the journal as inspect prints it: names in lower case
// with underscores, what is zero left out.
func dumped(e *group.Event, contents bool) ([]byte, error) {
	body := plain(reflect.ValueOf(e.Body).Elem())
	fields := plain(reflect.ValueOf(*e)).(map[string]any)
	delete(fields, "body")
	if sent, ok := e.Body.(*group.Sent); ok && !contents {
		body.(map[string]any)["elements"] = len(sent.Elements)
	}
	if m, ok := body.(map[string]any); ok && !contents {
		delete(m, "content")
	}
	if m, ok := body.(map[string]any); !ok || len(m) > 0 {
		fields["body"] = body
	}
	fields["event"] = snake(reflect.TypeOf(e.Body).Elem().Name())
	return json.Marshal(fields)
}

// plain turns a value of the core into maps, lists and scalars.
func plain(v reflect.Value) any {
	if s, ok := v.Interface().(fmt.Stringer); ok && v.Kind() != reflect.Pointer && v.Kind() != reflect.Struct {
		return s.String()
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return plain(v.Elem())
	case reflect.Struct:
		return plainStruct(v)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return v.Bytes()
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = plain(v.Index(i))
		}
		return list
	}
	return v.Interface()
}

func plainStruct(v reflect.Value) map[string]any {
	out := map[string]any{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		switch {
		case !f.IsExported() || v.Field(i).IsZero():
		case f.Anonymous:
			for name, value := range plainStruct(v.Field(i)) {
				out[name] = value
			}
		default:
			out[snake(f.Name)] = plain(v.Field(i))
		}
	}
	return out
}

// snake is a Go name in lower case with underscores: NeedsConsent, ID, MsgKey.
func snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if unicode.IsUpper(r) && i > 0 && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
