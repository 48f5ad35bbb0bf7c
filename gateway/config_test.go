package gateway

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestConfigValidate(t *testing.T) {
	tests := []struct {
		name string
		cfg  Config
		want string
	}{
		{"defaults", Config{}, ""},
		{"origins", Config{Origins: []string{"*", "https://a.example", "http://b.example:8080"}}, ""},
		{"handshakes", Config{MaxHandshakes: 385}, "MaxHandshakes is 385, must be at most three quarters of FileMargin"},
		{"few files", Config{FileMargin: 8}, ""},
		{"origin with path", Config{Origins: []string{"https://a.example/x"}}, "origin"},
		{"origin without scheme", Config{Origins: []string{"a.example"}}, "origin"},
		{"silent before ping", Config{PingAfter: 60 * time.Second}, "SilentAfter"},
		{"negative", Config{MaxConnections: -1}, "MaxConnections"},
		{"small frame", Config{FrameBytes: 10}, "FrameBytes"},
		{"large read buffer", Config{ReadBuffer: 1 << 20}, "ReadBuffer"},
		{"small queue", Config{QueueFrames: 1, QueueBytes: 1}, "QueueBytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.cfg.Validate()
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.want)
			_, err = New(tt.cfg, Deps{Opener: &stubOpener{}})
			require.Error(t, err)
		})
	}
	_, err := New(Config{}, Deps{})
	require.ErrorContains(t, err, "Opener")
}

func TestConnectionLimit(t *testing.T) {
	require.Equal(t, 7, connectionLimit(Config{MaxConnections: 7}))
	require.Equal(t, 1, connectionLimit(Config{FileMargin: 1 << 40}))
	require.Greater(t, connectionLimit(Config{}.withDefaults()), 1)
}

func TestLimits(t *testing.T) {
	l := Config{QueueFrames: 64}.Limits()
	require.Equal(t, uint32(64), l.GetQueueFrames())
	require.Equal(t, uint32(65536), l.GetRequestBytes())
	require.Equal(t, uint32(30), Config{}.Heartbeat())
}

// TestSilentSockets: sockets that say nothing are bounded. Further ones wait
// for a place, and get it when the silent ones are given up.
func TestSilentSockets(t *testing.T) {
	w := newWorld(t, Config{MaxHandshakes: 4, MaxConnections: 10, HeaderTimeout: time.Minute})
	var silent []net.Conn
	for range 4 {
		c, err := net.Dial("tcp", w.addr)
		require.NoError(t, err)
		silent = append(silent, c)
	}
	full := func() bool {
		rec := httptest.NewRecorder()
		w.srv.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		return strings.Contains(rec.Body.String(), "troupe_gateway_accept_waits_total 1\n") &&
			strings.Contains(rec.Body.String(), "troupe_gateway_handshakes 4\n")
	}
	require.Eventually(t, full, patience, time.Millisecond)
	come := make(chan error, 6)
	for range cap(come) {
		go func() {
			_, _, err := w.try("troupe.v1", nil)
			come <- err
		}()
	}
	require.True(t, full())
	require.Zero(t, w.srv.Connections(), "they wait")
	for _, c := range silent {
		_ = c.Close()
	}
	for range cap(come) {
		require.NoError(t, take(t, come))
	}
	require.Equal(t, cap(come), w.srv.Connections())
	require.Eventually(t, func() bool { return len(w.srv.handshakes) == 1 }, patience, time.Millisecond, "only the one to be accepted next")
}
