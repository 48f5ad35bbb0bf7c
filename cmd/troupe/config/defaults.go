package config

import (
	"fmt"
	"io"
	"reflect"
	"strings"
)

// WriteDefaults writes the defaults as a documented YAML file.
func WriteDefaults(w io.Writer) error {
	c := Default()
	var b strings.Builder
	b.WriteString("# Configuration of the Troupe server. All values shown are the defaults; leave out\n" +
		"# what you do not change. Environment variables override the file: TROUPE_ and the\n" +
		"# path of a value, as in TROUPE_SERVER_ADDR. Flags override both.\n")
	for _, f := range c.fields() {
		depth := strings.Count(f.path, ".")
		indent := strings.Repeat("  ", depth)
		if depth == 0 {
			b.WriteByte('\n')
		}
		writeComment(&b, indent, f.doc)
		name := f.path[strings.LastIndexByte(f.path, '.')+1:]
		if f.section {
			fmt.Fprintf(&b, "%s%s:\n", indent, name)
			continue
		}
		fmt.Fprintf(&b, "%s%s: %s\n", indent, name, literal(f.value))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeComment breaks a comment at about 90 characters.
func writeComment(b *strings.Builder, indent, text string) {
	line := indent + "#"
	for word := range strings.FieldsSeq(text) {
		if len(line)+1+len(word) > 90 {
			b.WriteString(line + "\n")
			line = indent + "#"
		}
		line += " " + word
	}
	b.WriteString(line + "\n")
}

func literal(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Slice:
		return "[]"
	case reflect.Map:
		return "{}"
	case reflect.String:
		if s := v.String(); s == "" || strings.ContainsAny(s, ":#*") {
			return fmt.Sprintf("%q", s)
		}
	}
	return fmt.Sprint(v.Interface())
}
