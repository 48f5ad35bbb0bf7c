package gateway

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestProbesHoldNoPlace: who asks for /healthz by plain HTTP gets an answer and
// an end, so that probes with open connections leave room for clients.
func TestProbesHoldNoPlace(t *testing.T) {
	w := newWorld(t, Config{MaxHandshakes: 2, HeaderTimeout: time.Minute})
	for range 4 {
		c, err := net.Dial("tcp", w.addr)
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		require.NoError(t, c.SetDeadline(time.Now().Add(patience)))
		_, err = io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: troupe\r\n\r\n")
		require.NoError(t, err)
		r := bufio.NewReader(c)
		res, err := http.ReadResponse(r, nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, res.StatusCode)
		_, err = io.Copy(io.Discard, res.Body)
		require.NoError(t, err)
		_, err = r.ReadByte()
		require.ErrorIs(t, err, io.EOF, "the server ends it")
	}
	_, _, err := w.try("troupe.v1", nil)
	require.NoError(t, err)
}

// TestUnfinishedRequestsHoldNoPlace: a body that never comes is not waited for.
func TestUnfinishedRequestsHoldNoPlace(t *testing.T) {
	for name, head := range map[string]string{
		"length":  "Content-Length: 10\r\n",
		"chunked": "Transfer-Encoding: chunked\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Config{MaxHandshakes: 1, HeaderTimeout: 200 * time.Millisecond})
			c, err := net.Dial("tcp", w.addr)
			require.NoError(t, err)
			t.Cleanup(func() { _ = c.Close() })
			_, err = io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: troupe\r\n"+head+"\r\n")
			require.NoError(t, err)
			w.comesIn()
		})
	}
}
