package protocol

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// The prose of the protocol is held to the code: its examples are read, its
// tables compared, and no field of the schema may be missing in it.

func prose(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "docs", "protocol.md"))
	require.NoError(t, err)
	return string(text)
}

// example is one fenced block: json or hex, of a request or a frame.
type example struct{ form, what, text string }

func examples(t *testing.T) []example {
	var out []example
	for _, m := range regexp.MustCompile("(?s)```(json|hex) (request|frame)\n(.*?)```").FindAllStringSubmatch(prose(t), -1) {
		out = append(out, example{m[1], m[2], m[3]})
	}
	require.Greater(t, len(out), 15)
	return out
}

func (e example) payload(t *testing.T) (Codec, []byte) {
	if e.form == "json" {
		return JSON, []byte(e.text)
	}
	data, err := hex.DecodeString(strings.Join(strings.Fields(e.text), ""))
	require.NoError(t, err)
	if e.what == "frame" {
		return Binary, openFrame(t, Binary, data)
	}
	return Binary, data
}

func (e example) read(t *testing.T) []proto.Message {
	c, data := e.payload(t)
	var out []proto.Message
	if e.what == "request" {
		require.NoError(t, DecodeRequests(c, data, func(r *troupev1.Request) {
			require.Nil(t, Check(r))
			out = append(out, r)
		}), e.text)
		return out
	}
	if c == JSON { // strictly, unlike clients
		for line := range strings.Lines(e.text) {
			f := new(troupev1.Frame)
			require.NoError(t, UnmarshalJSON([]byte(line), f), line)
			out = append(out, f)
		}
		return out
	}
	require.NoError(t, DecodeFrames(c, data, func(f *troupev1.Frame) { out = append(out, f) }))
	return out
}

// TestExamplesOfTheProse: each example is valid, and bytes are followed by the
// same in JSON.
func TestExamplesOfTheProse(t *testing.T) {
	list := examples(t)
	for i, e := range list {
		got := e.read(t)
		require.NotEmpty(t, got, e.text)
		if e.form == "hex" {
			require.Empty(t, cmp.Diff(list[i+1].read(t), got, protocmp.Transform()), "%s", written(list[i+1].read(t)[0]))
		}
	}
}

// written is a message in the form of the hex examples.
func written(m proto.Message) string {
	switch m := m.(type) {
	case *troupev1.Request:
		return fmt.Sprintf("% x", EncodeRequest(Binary, m))
	case *troupev1.Frame:
		return fmt.Sprintf("% x", encodeFrame(Binary, m))
	}
	return ""
}

func TestErrorTableOfTheProse(t *testing.T) {
	text := prose(t)
	repeat := map[Retry]string{RetryNo: "", RetryAfter: "after", RetrySame: "same id"}
	rows := 0
	for _, row := range Codes() {
		line := fmt.Sprintf("| %d | `%s` | %s | %s |\n", row.Code, row.Name, row.Text, repeat[row.Retry])
		require.Contains(t, text, strings.ReplaceAll(line, "|  |", "| |"))
		rows++
	}
	require.Len(t, regexp.MustCompile("(?m)^\\| [0-9]{5} \\| `").FindAllString(text, -1), rows-1, "rows too many") // 0 has one digit
}

// sections maps every name in a heading of level 4 to the text under it.
func sections(t *testing.T) map[string]string {
	out := map[string]string{}
	parts := regexp.MustCompile("(?m)^#{2,4} ").Split(prose(t), -1)
	for _, part := range parts {
		heading, body, _ := strings.Cut(part, "\n")
		for name := range strings.SplitSeq(heading, ", ") {
			out[strings.Trim(name, "`")] = body
		}
	}
	return out
}

func requireFields(t *testing.T, where, body string, d protoreflect.MessageDescriptor) {
	t.Helper()
	fields := d.Fields()
	for i := range fields.Len() {
		name := string(fields.Get(i).Name())
		require.Contains(t, body, "`"+name+"`", "%s does not tell of %s", where, name)
	}
}

func TestProseTellsEverything(t *testing.T) {
	text := sections(t)
	told := map[protoreflect.FullName]bool{}
	tell := func(heading string, d protoreflect.MessageDescriptor) {
		body, ok := text[heading]
		require.True(t, ok, "no section on %s", heading)
		requireFields(t, heading, body, d)
		told[d.FullName()] = true
	}
	calls := requestOneof.Fields()
	for i := range calls.Len() {
		tell(string(calls.Get(i).Name()), calls.Get(i).Message())
	}
	results := (*troupev1.Answer)(nil).ProtoReflect().Descriptor().Oneofs().ByName("result").Fields()
	for i := range results.Len() {
		tell(string(results.Get(i).Name()), results.Get(i).Message())
	}
	events := (*troupev1.Event)(nil).ProtoReflect().Descriptor().Fields()
	for i := range events.Len() {
		require.Contains(t, text, string(events.Get(i).Name()))
	}
	told["troupe.v1.Request"], told["troupe.v1.Frame"], told["troupe.v1.Answer"], told["troupe.v1.Event"] = true, true, true, true
	all := troupev1.File_troupe_v1_troupe_proto.Messages()
	for i := range all.Len() {
		if d := all.Get(i); !told[d.FullName()] {
			tell(string(d.Name()), d)
		}
	}
}

func TestCloseCodesOfTheProse(t *testing.T) {
	text := prose(t)
	for _, row := range CloseCodes() {
		require.Contains(t, text, fmt.Sprintf("\n| %d | ", row.Code))
	}
}
