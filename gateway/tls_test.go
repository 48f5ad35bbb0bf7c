package gateway

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/protocol"
)

func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	require.NoError(t, err)
	leaf, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// dialTLS connects to a world that speaks TLS.
func (w *world) dialTLS(pool *x509.CertPool) (*client, *stubSession) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d := websocket.Dialer{Subprotocols: []string{"troupe.v1"}, TLSClientConfig: &tls.Config{RootCAs: pool, NextProtos: []string{"h2", "http/1.1"}}}
	ws, _, err := d.DialContext(ctx, "wss://"+w.addr+"/ws", nil)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = ws.Close() })
	return &client{t: w.t, ws: ws, codec: protocol.Binary}, w.session()
}

func TestTLS(t *testing.T) {
	cert, pool := selfSigned(t)
	w := newWorld(t, Config{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}, MaxTLSHandshakes: 1})
	// Clients that connect and say nothing, or rubbish, hold up nobody.
	for range 3 {
		idle, err := net.Dial("tcp", w.addr)
		require.NoError(t, err)
		t.Cleanup(func() { _ = idle.Close() })
	}
	bad, err := net.Dial("tcp", w.addr)
	require.NoError(t, err)
	_, err = bad.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = bad.Close() })

	c, s := w.dialTLS(pool)
	c.send(pingRequest("secret"))
	require.Equal(t, "secret", take(t, s.requests).GetRequestId())
	s.conn.Push(answerFrame("secret"))
	require.Equal(t, "secret", c.next().GetAnswer().GetRequestId())
	s.conn.Close(protocol.CloseNormal, "")
	ce, _ := c.closed()
	require.Equal(t, protocol.CloseNormal, ce.Code)
}

// TestSilentTLSSockets: the places of sockets that never finish a TLS handshake
// come back.
func TestSilentTLSSockets(t *testing.T) {
	cert, pool := selfSigned(t)
	w := newWorld(t, Config{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}, MaxHandshakes: 3})
	for range 3 {
		var silent []net.Conn
		for range 3 {
			c, err := net.Dial("tcp", w.addr)
			require.NoError(t, err)
			silent = append(silent, c)
		}
		require.Eventually(t, func() bool { return len(w.srv.handshakes) == 3 }, patience, time.Millisecond)
		for _, c := range silent {
			_ = c.Close()
		}
		d := websocket.Dialer{Subprotocols: []string{"troupe.v1"}, TLSClientConfig: &tls.Config{RootCAs: pool}, HandshakeTimeout: patience}
		ws, _, err := d.Dial("wss://"+w.addr+"/ws", nil)
		require.NoError(t, err)
		t.Cleanup(func() { _ = ws.Close() })
		require.Eventually(t, func() bool { return len(w.srv.handshakes) == 1 }, patience, time.Millisecond)
	}
}

// exhausted is a listener that cannot accept the first sockets: the system is
// short of something, or the network has a fault to tell of one of them.
type exhausted struct {
	net.Listener
	turn atomic.Int32
}

var passingFaults = []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM,
	syscall.ECONNABORTED, syscall.EPROTO, syscall.EPERM, syscall.EHOSTUNREACH}

func (l *exhausted) Accept() (net.Conn, error) {
	if i := int(l.turn.Add(1)) - 1; i < len(passingFaults) {
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", passingFaults[i])}
	}
	return l.Listener.Accept()
}

// TestTLSOutlivesExhaustion: what goes by does not end the listener.
func TestTLSOutlivesExhaustion(t *testing.T) {
	cert, pool := selfSigned(t)
	w := newWorld(t, Config{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}, MaxHandshakes: 1})
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	l := &exhausted{Listener: inner}
	second := w.srv.shakeHands(l)
	t.Cleanup(func() { require.NoError(t, second.Close()) })
	accepted := make(chan error, 1)
	go func() {
		c, err := second.Accept()
		if err == nil {
			err = c.Close()
		}
		accepted <- err
	}()
	d := net.Dialer{Timeout: patience}
	c, err := tls.DialWithDialer(&d, "tcp", inner.Addr().String(), &tls.Config{RootCAs: pool})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	_, err = c.Write([]byte("GET /healthz HTTP/1.1\r\n\r\n"))
	require.NoError(t, err)
	require.NoError(t, take(t, accepted))
}

// A client that says a byte of its handshake now and then has been waited for
// all the time, and gives up its place.
func TestDrippingTLSHandshake(t *testing.T) {
	ours, theirs := net.Pipe()
	t.Cleanup(func() { _ = ours.Close() })
	l := &lobby{after: time.Hour, yielded: func() {}, since: map[net.Conn]time.Time{}}
	p := &pacedConn{Conn: theirs, slots: make(chan struct{}, 1), lobby: l}
	p.slots <- struct{}{}
	read := make(chan error, 1)
	byteOf := func() {
		_, err := p.Read(make([]byte, 1))
		read <- err
	}
	waited := func() {
		require.Eventually(t, func() bool {
			l.mu.Lock()
			defer l.mu.Unlock()
			_, there := l.since[theirs]
			return there
		}, patience, time.Millisecond)
	}
	go byteOf()
	waited()
	say(t, ours, "x")
	require.NoError(t, take(t, read))
	require.Positive(t, p.waited)

	p.waited = time.Hour
	go byteOf()
	waited()
	l.yield()
	require.ErrorIs(t, take(t, read), os.ErrDeadlineExceeded)
	require.Empty(t, l.since)
}
