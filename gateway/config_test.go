package gateway

import (
	"net"
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

// TestSilentSockets: sockets that say nothing are bounded.
func TestSilentSockets(t *testing.T) {
	w := newWorld(t, Config{FileMargin: 8, MaxConnections: 10})
	var kept []net.Conn
	closed := false
	for range 10 {
		c, err := net.Dial("tcp", w.addr)
		require.NoError(t, err)
		kept = append(kept, c)
	}
	for _, c := range kept[4:] {
		_ = c.SetReadDeadline(time.Now().Add(patience))
		_, err := c.Read(make([]byte, 1))
		require.Error(t, err)
		closed = true
	}
	require.True(t, closed)
	for _, c := range kept {
		_ = c.Close()
	}
	require.Eventually(t, func() bool { return w.srv.sockets.Load() == 0 }, patience, 1e6)
	w.dial(0x1)
	require.Zero(t, w.srv.sockets.Load(), "upgraded ones do not count")
}
