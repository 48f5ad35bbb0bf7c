package gateway

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

const goodHead = "GET /ws HTTP/1.1\r\nHost: troupe\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: troupe.v1\r\n"

func (w *world) socket() net.Conn {
	w.t.Helper()
	c, err := net.Dial("tcp", w.addr)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = c.Close() })
	require.NoError(w.t, c.SetDeadline(time.Now().Add(patience)))
	return c
}

// metrics are the server's, as they are scraped.
func (w *world) metrics() string {
	rec := httptest.NewRecorder()
	w.srv.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return rec.Body.String()
}

// upgrades are the counted results of handshakes.
func (w *world) upgrades() string {
	var results []string
	for line := range strings.Lines(w.metrics()) {
		result, ok := strings.CutPrefix(line, `troupe_gateway_upgrades_total{result="`)
		if ok && !strings.HasSuffix(line, " 0\n") {
			results = append(results, strings.Replace(strings.TrimSpace(result), `"}`, "", 1))
		}
	}
	return strings.Join(results, ", ")
}

// say sends the parts one by one.
func say(t *testing.T, c net.Conn, parts ...string) {
	t.Helper()
	for _, p := range parts {
		_, err := io.WriteString(c, p)
		require.NoError(t, err)
	}
}

func status(t *testing.T, c net.Conn) *http.Response {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(t, err)
	_ = res.Body.Close()
	return res
}

// TestHeads: whatever way a handshake comes, it is one; what is none gets
// net/http's answer, and is counted once.
func TestHeads(t *testing.T) {
	long := "Cookie: " + strings.Repeat("x", 5000) + "\r\n"
	for name, c := range map[string]struct {
		parts  []string
		status int
		result string
	}{
		"whole":        {[]string{goodHead + "\r\n"}, 101, upgradeOK},
		"in pieces":    {[]string{goodHead[:3], goodHead[3:40], goodHead[40:], "\r", "\n"}, 101, upgradeOK},
		"long":         {[]string{goodHead + long + "\r\n"}, 101, upgradeOK},
		"long, pieces": {[]string{goodHead, long[:3000], long[3000:], "\r\n"}, 101, upgradeOK},
		"bad version":  {[]string{strings.Replace(goodHead, "13", "12", 1) + "\r\n"}, 426, upgradeBad},
		"versions":     {[]string{goodHead + "Sec-WebSocket-Version: 8\r\n\r\n"}, 400, upgradeBad},
		"no version":   {[]string{strings.Replace(goodHead, "Version", "Verse", 1) + "\r\n"}, 426, upgradeBad},
		"two keys":     {[]string{goodHead + "Sec-WebSocket-Key: BBBBBBBBBBBBBBBBBBBBBA==\r\n\r\n"}, 400, upgradeBad},
		"two origins":  {[]string{goodHead + "Origin: http://troupe\r\nOrigin: https://elsewhere.example\r\n\r\n"}, 400, upgradeBad},
		"old HTTP":     {[]string{strings.Replace(goodHead, "HTTP/1.1", "HTTP/1.0", 1) + "\r\n"}, 400, upgradeBad},
		"protocols":    {[]string{strings.Replace(goodHead, "troupe.v1\r\n", "x\r\nSec-WebSocket-Protocol: troupe.v1\r\n", 1) + "\r\n"}, 101, upgradeOK},
		"name":         {[]string{goodHead + "Cookie : a\r\n\r\n"}, 400, ""},
		"host":         {[]string{strings.Replace(goodHead, "troupe", "a b", 1) + "\r\n"}, 400, ""},
		"expects":      {[]string{goodHead + "Expect: wonders\r\n\r\n"}, 417, ""},
		"bad key":      {[]string{strings.Replace(goodHead, "AAAA", "", 1) + "\r\n"}, 400, upgradeBad},
		"origin":       {[]string{goodHead + "Origin: https://elsewhere.example\r\n\r\n"}, 403, upgradeOrigin},
		"no protocol":  {[]string{strings.Replace(goodHead, "troupe.v1", "x", 1) + "\r\n"}, 400, upgradeSubprotocol},
		"no host":      {[]string{strings.Replace(goodHead, "Host: troupe\r\n", "", 1) + "\r\n"}, 400, ""},
		"post":         {[]string{strings.Replace(goodHead, "GET", "POST", 1) + "\r\n"}, 405, upgradeBad},
		"body":         {[]string{goodHead + "Content-Length: 3\r\n\r\nabc"}, 400, upgradeBad},
		"body to come": {[]string{goodHead + "Transfer-Encoding: chunked\r\n\r\n"}, 400, upgradeBad},
		"elsewhere":    {[]string{strings.Replace(goodHead, "/ws", "/other", 1) + "\r\n"}, 404, ""},
		"plain":        {[]string{"GET /healthz HTTP/1.0\r\n\r\n"}, 200, ""},
		"rubbish":      {[]string{"\x16\x03\x01\r\n\r\n"}, 400, ""},
		"bare feed":    {[]string{goodHead + "\nGET /healthz HTTP/1.1\r\n\r\n"}, 0, upgradeBad},
		"two hosts":    {[]string{goodHead + "host: other\r\n\r\n"}, 400, ""},
		"control":      {[]string{goodHead + "Cookie: a\x01b\r\n\r\n"}, 400, ""},
		"wrong HTTP":   {[]string{strings.Replace(goodHead, "HTTP/1.1", "HTTP/2.0", 1) + "\r\n"}, 505, ""},
		"host in line": {[]string{strings.NewReplacer("/ws", "http://troupe/ws", "Host: troupe\r\n", "").Replace(goodHead) + "\r\n"}, 400, ""},
		"huge":         {[]string{goodHead + strings.Repeat(long, 20)}, 431, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Config{MaxHandshakes: 1})
			sock := w.socket()
			say(t, sock, c.parts...)
			if c.status == 0 {
				// The library hangs up on who sends before the handshake is complete.
				_, err := http.ReadResponse(bufio.NewReader(sock), nil)
				require.Error(t, err)
			} else {
				res := status(t, sock)
				require.Equal(t, c.status, res.StatusCode)
				if c.status == http.StatusUpgradeRequired {
					require.Equal(t, "13", res.Header.Get("Sec-Websocket-Version"))
					require.Equal(t, "websocket", res.Header.Get("Upgrade"))
				}
			}
			if c.result != "" {
				require.Eventually(t, func() bool { return w.upgrades() == c.result+" 1" }, patience, time.Millisecond)
			} else {
				require.Empty(t, w.upgrades())
			}
			if c.status == 101 {
				s := w.session()
				require.Equal(t, w.srv.edge.poller != nil, s.conn.(*conn).polled, "no goroutine waits for it")
			}
			_ = sock.Close()
			// The only place is free again.
			_, _, err := w.try("troupe.v1", nil)
			require.NoError(t, err)
		})
	}
}

// pipes is a listener whose sockets are pipes, on which each write is a read.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if c, ok := <-p; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}

func (p pipes) Close() error   { return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// TestHeadByteByByte: a head that comes in the smallest pieces is one.
func TestHeadByteByByte(t *testing.T) {
	w := newWorld(t, Config{})
	l := make(pipes)
	served := make(chan error, 1)
	go func() { served <- w.srv.Serve(l) }()
	t.Cleanup(func() {
		close(l)
		<-served
	})
	ours, theirs := net.Pipe()
	t.Cleanup(func() { _ = ours.Close() })
	l <- theirs
	said := make(chan error, 1)
	go func() {
		for _, b := range []byte(goodHead + "\r\n") {
			if _, err := ours.Write([]byte{b}); err != nil {
				said <- err
				return
			}
		}
		said <- nil
	}()
	require.Equal(t, http.StatusSwitchingProtocols, status(t, ours).StatusCode)
	require.NoError(t, take(t, said))
	w.session()
}

// TestTooEarly: what comes behind the head of a handshake ends it.
func TestTooEarly(t *testing.T) {
	w := newWorld(t, Config{})
	c := w.socket()
	say(t, c, goodHead+"\r\n\x81\x80\x00\x00\x00\x00")
	_, err := http.ReadResponse(bufio.NewReader(c), nil)
	require.Error(t, err)
	select {
	case <-w.opener.opened:
		require.Fail(t, "a connection was opened")
	default:
	}
}

// TestSilentSockets: who says nothing, or half of it, is closed in time, and
// its place is free.
func TestUnfinishedHeads(t *testing.T) {
	for name, part := range map[string]string{"nothing": "", "half": goodHead} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Config{MaxHandshakes: 1, HeaderTimeout: 50 * time.Millisecond})
			c := w.socket()
			say(t, c, part)
			_, err := c.Read(make([]byte, 1))
			require.Error(t, err)
			require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the server ends it")
			w.comesIn()
		})
	}
}

// comesIn has a client connect, though it may be too slow for a short
// HeaderTimeout itself.
func (w *world) comesIn() {
	w.t.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if _, _, err = w.try("troupe.v1", nil); err == nil {
			return
		}
	}
	require.NoError(w.t, err)
}

// TestDoorIsKeptOpen: who says nothing, or not all, does not keep out who does.
func TestDoorIsKeptOpen(t *testing.T) {
	cert, pool := selfSigned(t)
	for name, c := range map[string]struct {
		said   string
		secure bool
	}{
		"silent":           {"", false},
		"half a head":      {goodHead, false},
		"body to come":     {"POST /ws HTTP/1.1\r\nHost: troupe\r\nContent-Length: 9\r\n\r\n", false},
		"silent, TLS":      {"", true},
		"half a TLS hello": {"\x16\x03\x01\x00\xff", true},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := Config{MaxHandshakes: 3, HeaderTimeout: time.Hour, HandshakeTimeout: time.Hour, YieldAfter: time.Millisecond}
			d := websocket.Dialer{Subprotocols: []string{"troupe.v1"}, HandshakeTimeout: patience}
			scheme := "ws://"
			if c.secure {
				scheme, d.TLSClientConfig = "wss://", &tls.Config{RootCAs: pool}
				cfg.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
			}
			w := newWorld(t, cfg)
			var idlers []net.Conn
			for range 9 {
				idlers = append(idlers, w.socket())
				say(t, idlers[len(idlers)-1], c.said)
			}
			ws, _, err := d.Dial(scheme+w.addr+"/ws", nil)
			require.NoError(t, err)
			t.Cleanup(func() { _ = ws.Close() })
			w.session()
			// 9 silent ones and a good one came through 3 places.
			require.Regexp(t, `(?m)^troupe_gateway_yielded_handshakes_total [7-9]$`, w.metrics())
			for _, idler := range idlers {
				_ = idler.Close()
			}
			require.Eventually(t, func() bool {
				w.srv.lobby.mu.Lock()
				defer w.srv.lobby.mu.Unlock()
				return len(w.srv.lobby.since) == 0
			}, patience, time.Millisecond, "nobody is kept in mind")
		})
	}
}

// TestHalfAHead: a client that ends in the middle of a head is answered.
func TestHalfAHead(t *testing.T) {
	w := newWorld(t, Config{MaxHandshakes: 1})
	c := w.socket()
	say(t, c, goodHead)
	require.NoError(t, c.(*net.TCPConn).CloseWrite())
	require.Equal(t, http.StatusBadRequest, status(t, c).StatusCode)
}

// TestStopWithSilentSockets: a stop does not wait for who says nothing.
func TestStopWithSilentSockets(t *testing.T) {
	w := newWorld(t, Config{HeaderTimeout: time.Hour, DrainWindow: time.Millisecond})
	c := w.socket()
	require.Eventually(t, func() bool { return len(w.srv.handshakes) == 2 }, patience, time.Millisecond)
	stopped := make(chan error, 1)
	go func() { stopped <- w.srv.Shutdown(t.Context()) }()
	w.clock.Advance(time.Minute)
	_, err := c.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	require.NoError(t, take(t, stopped))
	require.Zero(t, len(w.srv.handshakes))
}
