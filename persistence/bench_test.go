package persistence_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

func message() *group.Event {
	return &group.Event{
		Position: 123456, Seq: 98765, Ordinal: 90000, Time: 1_700_000_000_000, Operator: "user-000123",
		Request: 0xdeadbeefcafe, GroupName: "Reading circle",
		Body: &group.Sent{
			Sender: group.Card{User: "user-000123", Name: "Ann Example", Avatar: "https://example.org/a/1.png", Role: group.Member},
			Random: 123456789,
			Elements: []group.Element{
				{Type: group.ElementText, Text: strings.Repeat("words ", 20)},
			},
		},
	}
}

func BenchmarkEncodeMessage(b *testing.B) {
	e := message()
	b.ReportAllocs()
	for b.Loop() {
		persistence.EncodeEvent(e)
	}
}

func BenchmarkDecodeMessage(b *testing.B) {
	data := persistence.EncodeEvent(message())
	b.ReportAllocs()
	for b.Loop() {
		_, err := persistence.DecodeEvent(data)
		require.NoError(b, err)
	}
}

func BenchmarkDecodeHeader(b *testing.B) {
	data := persistence.EncodeEvent(message())
	b.ReportAllocs()
	for b.Loop() {
		_, err := persistence.DecodeHeader(data)
		require.NoError(b, err)
	}
}
