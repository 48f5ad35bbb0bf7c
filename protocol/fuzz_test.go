package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// fuzzRequests: whatever comes in, the decoder gives an *Error or requests
// that read the same after a second trip, and the door judges each of them.
func fuzzRequests(t *testing.T, c Codec, data []byte) {
	err := DecodeRequests(c, data, func(req *troupev1.Request) {
		if call, refused := ToCommand(req); refused == nil && call.Op == 0 {
			t.Fatal("accepted without operation")
		}
		out := EncodeRequest(c, req)
		if c == JSON && !json.Valid(out) {
			t.Fatalf("not JSON: %s", out)
		}
		count := 0
		again := DecodeRequests(c, out, func(back *troupev1.Request) {
			count++
			if !proto.Equal(req, back) {
				t.Fatalf("second trip differs: %v, %v", req, back)
			}
		})
		if again != nil || count != 1 {
			t.Fatalf("second trip: %v, %d requests", again, count)
		}
	})
	var e *Error
	if err != nil && (!errors.As(err, &e) || e.Name == "" || e.Code == CodeInternalError) {
		t.Fatalf("wrong error: %v", err)
	}
}

func FuzzDecodeRequestsBinary(f *testing.F) {
	f.Add(EncodeRequest(Binary, sampleRequest()))
	f.Add(append(EncodeRequest(Binary, sampleRequest()), 0))
	f.Add([]byte{0x80, 0x80, 1})
	f.Fuzz(func(t *testing.T, data []byte) { fuzzRequests(t, Binary, data) })
}

func FuzzDecodeRequestsJSON(f *testing.F) {
	f.Add(EncodeRequest(JSON, sampleRequest()))
	f.Add(bytes.Join([][]byte{EncodeRequest(JSON, sampleRequest()), EncodeRequest(JSON, sampleRequest())}, []byte("\n")))
	f.Add([]byte(request("mute_group", `{"group_id":"g","on":true,"mode":"roles","roles":[3,5],"duration":-1}`)))
	f.Add([]byte(request("leave_group", `{"group_id":"\ud83d\ude00\u0041"}`)))
	f.Add([]byte(request("x", `[[[{"a":1e5}]],null,true]`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzRequests(t, JSON, data)
		// What we accept, other parsers accept, line by line.
		if DecodeRequests(JSON, data, func(*troupev1.Request) {}) == nil {
			d := json.NewDecoder(bytes.NewReader(data))
			for d.More() {
				var v map[string]any
				if err := d.Decode(&v); err != nil {
					t.Fatalf("accepted what is not JSON: %v", err)
				}
			}
		}
	})
}

func FuzzDecodeFrames(f *testing.F) {
	for _, frame := range goldenFrames() {
		f.Add(true, openFrame(f, JSON, frame.Bytes(JSON)))
		f.Add(false, openFrame(f, Binary, frame.Bytes(Binary)))
	}
	f.Fuzz(func(t *testing.T, text bool, data []byte) {
		c := Binary
		if text {
			c = JSON
		}
		_ = DecodeFrames(c, data, func(frame *troupev1.Frame) {
			if len(encodeFrame(c, frame)) < 2 {
				t.Fatal("frame without header")
			}
		})
	})
}

func FuzzParseCursor(f *testing.F) {
	for _, s := range []string{"", "0", "17", "-1", "01", "18446744073709551616"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseCursor(s)
		if err == nil && s != FormatCursor(n) && s != "0" {
			t.Fatalf("%q reads as %d", s, n)
		}
	})
}
