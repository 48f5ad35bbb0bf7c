package gateway

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// TestMain also makes the random tests draw the same in every run, unless
// RAPID_RANDOM=1 or a seed is given.
func TestMain(m *testing.M) {
	if os.Getenv("RAPID_RANDOM") != "1" {
		for name, value := range map[string]string{"rapid.seed": "1", "rapid.nofailfile": "true"} {
			if err := flag.Set(name, value); err != nil {
				panic(err)
			}
		}
	}
	goleak.VerifyTestMain(m)
}

func TestHandshake(t *testing.T) {
	w := newWorld(t, Config{Origins: []string{"https://chat.example.com"}, TrustedProxies: prefixes("127.0.0.0/8")})
	tests := []struct {
		name        string
		subprotocol string
		header      http.Header
		status      int
	}{
		{"binary", "troupe.v1", nil, 101},
		{"json", "troupe.v1.json", nil, 101},
		{"no subprotocol", "", nil, 400},
		{"unknown subprotocol", "mqtt", nil, 400},
		{"listed origin", "troupe.v1", http.Header{"Origin": {"https://chat.example.com"}}, 101},
		{"own origin", "troupe.v1", http.Header{"Origin": {"http://" + w.addr}}, 101},
		{"foreign origin", "troupe.v1", http.Header{"Origin": {"https://evil.example.com"}}, 403},
		{"listed host, other scheme", "troupe.v1", http.Header{"Origin": {"http://chat.example.com"}}, 403},
		{"banned address", "troupe.v1", http.Header{"X-Forwarded-For": {"192.0.2.66"}}, 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, resp, err := w.try(tt.subprotocol, tt.header)
			require.NotNil(t, resp, "%v", err)
			require.Equal(t, tt.status, resp.StatusCode)
			if tt.status == 101 {
				require.Equal(t, tt.subprotocol, c.ws.Subprotocol())
				require.Equal(t, tt.subprotocol, w.session().conn.Codec().String())
			}
		})
	}
}

func TestHandshakeWhileNotReady(t *testing.T) {
	w := newWorld(t, Config{})
	w.setReady(errors.New("journal opens"))
	_, resp, err := w.try("troupe.v1", nil)
	require.Error(t, err)
	require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	require.NotEmpty(t, resp.Header.Get("Retry-After"))
}

func TestRequestsAndAnswers(t *testing.T) {
	for _, codec := range []protocol.Codec{protocol.Binary, protocol.JSON} {
		t.Run(codec.String(), func(t *testing.T) {
			w := newWorld(t, Config{})
			c, s := w.dial(codec)
			c.send(pingRequest("a"), pingRequest("b"))
			require.Equal(t, "a", take(t, s.requests).GetRequestId())
			require.Equal(t, "b", take(t, s.requests).GetRequestId())
			require.True(t, s.conn.Push(answerFrame("a")))
			require.True(t, s.conn.Push(messageFrame(protocol.ClassNumbered, 7, 1, 10)))
			require.Equal(t, "a", c.next().GetAnswer().GetRequestId())
			require.Equal(t, uint64(1), c.next().GetEvent().GetMessage().GetSeq())
		})
	}
}

func TestMalformedFrames(t *testing.T) {
	tests := []struct {
		name  string
		codec protocol.Codec
		typ   int
		data  []byte
	}{
		{"text on binary", protocol.Binary, websocket.TextMessage, []byte("{}")},
		{"binary on text", protocol.JSON, websocket.BinaryMessage, []byte("{}")},
		{"no protobuf", protocol.Binary, websocket.BinaryMessage, []byte{200, 1, 2}},
		{"no json", protocol.JSON, websocket.TextMessage, []byte("{")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, Config{})
			c, s := w.dial(tt.codec)
			c.sendRaw(tt.typ, tt.data)
			require.Equal(t, "invalid_request", c.next().GetAnswer().GetError())
			c.sendRaw(tt.typ, tt.data)
			require.Equal(t, "invalid_request", c.next().GetAnswer().GetError())
			c.send(pingRequest("fine"))
			require.Equal(t, "fine", take(t, s.requests).GetRequestId())
			c.sendRaw(tt.typ, tt.data)
			ce, before := c.closed()
			require.Equal(t, protocol.CloseBadProtocol, ce.Code)
			require.Len(t, before, 1)
			take(t, s.closed)
		})
	}
}

func TestFrameTooLarge(t *testing.T) {
	w := newWorld(t, Config{FrameBytes: 2048})
	t.Run("one frame", func(t *testing.T) {
		c, s := w.dial(protocol.Binary)
		c.sendRaw(websocket.BinaryMessage, make([]byte, 100<<10))
		ce, _ := c.closed()
		require.Equal(t, protocol.CloseTooLarge, ce.Code)
		take(t, s.closed)
	})
	t.Run("in parts", func(t *testing.T) {
		c, s := w.dial(protocol.Binary)
		// The client's write buffer makes fragments of it.
		wr, err := c.ws.NextWriter(websocket.BinaryMessage)
		require.NoError(t, err)
		for range 16 {
			_, err = wr.Write(make([]byte, 4096))
			require.NoError(t, err)
		}
		_ = wr.Close()
		ce, _ := c.closed()
		require.Equal(t, protocol.CloseTooLarge, ce.Code)
		take(t, s.closed)
	})
}

func TestBrokenWebSocket(t *testing.T) {
	w := newWorld(t, Config{})
	c, s := w.dial(protocol.Binary)
	_, err := c.ws.NetConn().Write([]byte{0x82, 0x01, 0x00}) // not masked
	require.NoError(t, err)
	ce, _ := c.closed()
	require.Equal(t, protocol.CloseBadProtocol, ce.Code)
	take(t, s.closed)
}

func TestRateLimit(t *testing.T) {
	w := newWorld(t, Config{RequestsPerSecond: 2, RequestsBurst: 3})
	c, s := w.dial(protocol.Binary)
	for range 4 {
		c.send(pingRequest("r"))
	}
	a := c.next().GetAnswer()
	require.Equal(t, int32(group.CodeRateLimited), a.GetCode())
	require.Equal(t, "r", a.GetRequestId())
	require.Equal(t, int64(500), a.GetDetails().GetRetryAfterMs())
	require.Len(t, s.requests, 3)

	// Refused for more than ten seconds.
	for range 25 {
		w.clock.Advance(500 * 1e6)
		c.send(pingRequest("in"), pingRequest("out"))
		if a, err := c.read(); err != nil {
			var ce *websocket.CloseError
			require.ErrorAs(t, err, &ce)
			require.Equal(t, protocol.CloseTooFast, ce.Code)
			take(t, s.closed)
			return
		} else if a.GetAnswer().GetError() != "rate_limited" {
			require.Fail(t, "not refused")
		}
	}
	require.Fail(t, "never closed")
}

func TestPerAddressLimit(t *testing.T) {
	w := newWorld(t, Config{MaxPerAddress: 2, TrustedProxies: prefixes("127.0.0.0/8")})
	from := func(a string) http.Header { return http.Header{"X-Forwarded-For": {a}} }
	c1, _, err := w.try("troupe.v1", from("192.0.2.1"))
	require.NoError(t, err)
	s1 := w.session()
	_, _, err = w.try("troupe.v1", from("192.0.2.1"))
	require.NoError(t, err)
	w.session()
	third, _, err := w.try("troupe.v1", from("192.0.2.1"))
	require.NoError(t, err)
	ce, _ := third.closed()
	require.Equal(t, protocol.CloseOverloaded, ce.Code)
	_, _, err = w.try("troupe.v1", from("192.0.2.2"))
	require.NoError(t, err)
	w.session()
	require.Empty(t, w.opener.opened)

	require.NoError(t, c1.ws.Close())
	take(t, s1.closed)
	// The place is free once the refused one is gone as well.
	require.Eventually(t, func() bool { return w.srv.Connections() == 2 }, patience, 1e6)
	_, _, err = w.try("troupe.v1", from("192.0.2.1"))
	require.NoError(t, err)
	w.session()
}

func TestMaxConnections(t *testing.T) {
	w := newWorld(t, Config{MaxConnections: 1})
	w.dial(protocol.Binary)
	_, resp, err := w.try("troupe.v1", nil)
	require.Error(t, err)
	require.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
	require.Equal(t, 1, w.srv.Connections())
}

func TestPanicEndsOneConnection(t *testing.T) {
	w := newWorld(t, Config{})
	c1, s1 := w.dial(protocol.Binary)
	c2, s2 := w.dial(protocol.Binary)
	s1.onRequest = func(*stubSession, *troupev1.Request) { panic("defect") }
	c1.send(pingRequest("x"))
	ce, _ := c1.closed()
	require.Equal(t, websocket.CloseInternalServerErr, ce.Code)
	take(t, s1.closed)
	c2.send(pingRequest("y"))
	require.Equal(t, "y", take(t, s2.requests).GetRequestId())
}

func TestHTTP(t *testing.T) {
	w := newWorld(t, Config{AdminOnlyMetrics: true})
	get := func(h http.Handler, path string) (int, string) {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
		body, _ := io.ReadAll(rec.Result().Body)
		return rec.Code, string(body)
	}
	status, _ := get(w.srv.Handler(), "/healthz")
	require.Equal(t, 200, status)
	status, body := get(w.srv.Handler(), "/readyz")
	require.Equal(t, 200, status)
	require.JSONEq(t, `{"status":"ready","mode":"disk_full"}`, body)
	status, _ = get(w.srv.Handler(), "/metrics")
	require.Equal(t, 404, status)
	status, _ = get(w.srv.Handler(), "/debug/pprof/")
	require.Equal(t, 404, status)
	status, body = get(w.srv.AdminHandler(), "/metrics")
	require.Equal(t, 200, status)
	require.Contains(t, body, "troupe_gateway_connections 0")
	status, _ = get(w.srv.AdminHandler(), "/debug/pprof/cmdline")
	require.Equal(t, 200, status)
	status, _ = get(w.srv.Handler(), "/ws")
	require.Equal(t, 400, status)

	w.setReady(errors.New("journal opens"))
	status, body = get(w.srv.Handler(), "/readyz")
	require.Equal(t, 503, status)
	var got statusBody
	require.NoError(t, json.Unmarshal([]byte(body), &got))
	require.Equal(t, "journal opens", got.Reason)
}
