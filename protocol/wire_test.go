package protocol

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

var bothCodecs = []Codec{Binary, JSON}

// openFrame undoes the WebSocket framing of one message.
func openFrame(t require.TestingT, c Codec, b []byte) []byte {
	want := byte(0x82)
	if c == JSON {
		want = 0x81
	}
	require.GreaterOrEqual(t, len(b), 2)
	require.Equal(t, want, b[0])
	require.Less(t, b[1], byte(128), "masked")
	length, rest := uint64(b[1]), b[2:]
	switch b[1] {
	case 126:
		length, rest = uint64(binary.BigEndian.Uint16(rest)), rest[2:]
		require.Greater(t, length, uint64(125), "not the shortest form")
	case 127:
		length, rest = binary.BigEndian.Uint64(rest), rest[8:]
		require.Greater(t, length, uint64(65535), "not the shortest form")
	}
	require.Equal(t, int(length), len(rest))
	return rest
}

func textFrame(text string) *troupev1.Frame {
	return &troupev1.Frame{Frame: &troupev1.Frame_Answer{Answer: &troupev1.Answer{RequestId: "r", Message: text}}}
}

func TestFrameHeaders(t *testing.T) {
	for _, c := range bothCodecs {
		for _, n := range []int{0, 60, 90, 118, 119, 120, 121, 122, 123, 124, 125, 126, 65500, 65530, 65534, 65535, 65536, 200000} {
			f := textFrame(strings.Repeat("x", n))
			payload := openFrame(t, c, NewFrame(ClassAnswer, f).Bytes(c))
			var got []*troupev1.Frame
			require.NoError(t, DecodeFrames(c, payload, func(f *troupev1.Frame) { got = append(got, f) }))
			require.Len(t, got, 1)
			require.Empty(t, cmp.Diff(f, got[0], protocmp.Transform()))
		}
	}
}

func TestFrameEncodedOnceAndShared(t *testing.T) {
	f := NewFrame(ClassAnswer, textFrame("hello"))
	first := make([][]byte, 16)
	var wg sync.WaitGroup
	for i := range first {
		wg.Go(func() { first[i] = f.Bytes(bothCodecs[i%2]) })
	}
	wg.Wait()
	for i := range first {
		require.Same(t, &first[i%2][0], &first[i][0])
	}
	require.NotEqual(t, first[0], first[1])
}

func TestFrameWithBadTextIsCleaned(t *testing.T) {
	f := textFrame("a\xffb")
	f.GetAnswer().Result = &troupev1.Answer_KickMembers{KickMembers: &troupev1.UsersResult{
		Users: []*troupev1.UserResult{{UserId: "\xc3("}}, Group: &troupev1.GroupProfile{Name: proto.String("ok")},
	}}
	for _, c := range bothCodecs {
		payload := openFrame(t, c, NewFrame(ClassAnswer, f).Bytes(c))
		count := 0
		require.NoError(t, DecodeFrames(c, payload, func(got *troupev1.Frame) {
			count++
			require.Equal(t, "a\uFFFDb", got.GetAnswer().GetMessage())
			require.Equal(t, "\uFFFD(", got.GetAnswer().GetKickMembers().GetUsers()[0].GetUserId())
		}))
		require.Equal(t, 1, count)
	}
	require.Equal(t, "a\xffb", f.GetAnswer().GetMessage(), "the shared message was changed")
}

func TestWithSkipped(t *testing.T) {
	f := RoomSkipped("room", 7, &troupev1.Skipped{FromSeq: 2, ToSeq: 4})
	g := f.WithSkipped(&troupev1.Skipped{FromSeq: 1, ToSeq: 1, Low: 1})
	require.Nil(t, f.Message().GetSkipped())
	require.Equal(t, uint64(1), g.Message().GetSkipped().GetLow())
	require.Equal(t, f.Class, g.Class)
	require.Equal(t, f.Subject, g.Subject)
	require.Equal(t, uint64(4), g.Seq)
	require.Equal(t, f.Stream, g.Stream)
}

func TestRoundTripFrames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := new(troupev1.Frame)
		fillRandom(t, f.ProtoReflect(), 4)
		for _, c := range bothCodecs {
			payload := openFrame(t, c, encodeFrame(c, f))
			if c == JSON {
				require.True(t, json.Valid(payload), "%s", payload)
			}
			count := 0
			err := DecodeFrames(c, payload, func(got *troupev1.Frame) {
				count++
				require.Empty(t, cmp.Diff(f, got, protocmp.Transform()))
			})
			require.NoError(t, err)
			require.Equal(t, 1, count)
		}
	})
}

func TestRoundTripRequests(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := make([]*troupev1.Request, rapid.IntRange(1, 3).Draw(t, "n"))
		for i := range want {
			want[i] = new(troupev1.Request)
			fillRandom(t, want[i].ProtoReflect(), 4)
		}
		for _, c := range bothCodecs {
			var parts [][]byte
			for _, r := range want {
				parts = append(parts, EncodeRequest(c, r))
			}
			glue := ""
			if c == JSON {
				glue = "\n"
			}
			var got []*troupev1.Request
			err := DecodeRequests(c, bytes.Join(parts, []byte(glue)), func(r *troupev1.Request) { got = append(got, r) })
			require.NoError(t, err)
			require.Empty(t, cmp.Diff(want, got, protocmp.Transform()))
		}
	})
}

func sized(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(protowire.AppendVarint(out, uint64(len(p))), p...)
	}
	return out
}

func TestDecodeBinaryRefuses(t *testing.T) {
	ping, err := proto.Marshal(&troupev1.Request{RequestId: "p", Op: &troupev1.Request_Ping{Ping: &troupev1.Ping{}}})
	require.NoError(t, err)
	idOnly := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), "id-9")
	badText := protowire.AppendString(protowire.AppendTag(nil, 22, protowire.BytesType), "\x0a\x01\xff")
	cases := map[string]struct {
		data  []byte
		calls int
		id    string
	}{
		"empty message":          {nil, 0, ""},
		"length too long":        {[]byte{5, 1, 2}, 0, ""},
		"length without end":     {[]byte{0x80}, 0, ""},
		"empty request":          {[]byte{0}, 0, ""},
		"no operation":           {sized(idOnly), 0, "id-9"},
		"unknown operation":      {sized(append(bytes.Clone(idOnly), 0xfa, 0x3f, 0)), 0, "id-9"},
		"not protobuf":           {sized([]byte{0xff, 0xff, 0xff}), 0, ""},
		"broken after id":        {sized(append(bytes.Clone(idOnly), 0xff)), 0, "id-9"},
		"text not UTF-8":         {sized(append(bytes.Clone(idOnly), badText...)), 0, "id-9"},
		"good one before":        {append(sized(ping), 9), 1, ""},
		"wrong type of id":       {sized([]byte{0x08, 1}), 0, ""},
		"length of 2^64-1":       {protowire.AppendVarint(nil, 1<<64-1), 0, ""},
		"length over ten octets": {bytes.Repeat([]byte{0xff}, 12), 0, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			calls := 0
			err := DecodeRequests(Binary, c.data, func(*troupev1.Request) { calls++ })
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, CodeInvalidRequest, e.Code)
			require.Equal(t, c.id, e.RequestID)
			require.Equal(t, c.calls, calls)
		})
	}
}

func TestDecodedRequestsDoNotShareTheBuffer(t *testing.T) {
	for _, c := range bothCodecs {
		data := EncodeRequest(c, &troupev1.Request{RequestId: "keep", Op: &troupev1.Request_SendCustomNotice{
			SendCustomNotice: &troupev1.SendCustomNotice{GroupId: "g", Content: []byte("content")},
		}})
		var got *troupev1.Request
		require.NoError(t, DecodeRequests(c, data, func(r *troupev1.Request) { got = r }))
		for i := range data {
			data[i] = 'z'
		}
		require.Equal(t, "keep", got.GetRequestId())
		require.Equal(t, "content", string(got.GetSendCustomNotice().GetContent()))
	}
}

func TestCodecNames(t *testing.T) {
	for _, c := range bothCodecs {
		back, ok := CodecOf(c.String())
		require.True(t, ok)
		require.Equal(t, c, back)
	}
	_, ok := CodecOf("chat")
	require.False(t, ok)
}

func TestRequestsPerMessage(t *testing.T) {
	ping := &troupev1.Request{RequestId: "last", Op: &troupev1.Request_Ping{Ping: &troupev1.Ping{}}}
	for _, c := range bothCodecs {
		one := EncodeRequest(c, ping)
		if c == JSON {
			one = append(one, '\n')
		}
		for n, ok := range map[int]bool{MaxRequestsPerMessage: true, MaxRequestsPerMessage + 1: false} {
			calls := 0
			err := DecodeRequests(c, bytes.Repeat(one, n), func(*troupev1.Request) { calls++ })
			require.Equal(t, MaxRequestsPerMessage, calls)
			require.Equal(t, ok, err == nil)
			var e *Error
			if errors.As(err, &e) {
				require.Equal(t, "last", e.RequestID)
			}
		}
	}
}
