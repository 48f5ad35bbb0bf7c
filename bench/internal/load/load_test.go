package load

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func TestCPUOf(t *testing.T) {
	// The name of the process may hold anything.
	stat := "42 (a ) b) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 1"
	got, err := cpuOf([]byte(stat))
	require.NoError(t, err)
	require.Equal(t, 2*time.Second, got)
	for _, bad := range []string{"", "42 (x) S 1", "42 (x) S 1 2 3 4 5 6 7 8 9 10 x 50 0"} {
		_, err := cpuOf([]byte(bad))
		require.Error(t, err, "%q", bad)
	}
}

// The server says where it listens; until it has, nobody knows.
func TestWhere(t *testing.T) {
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	defer func() { _ = log.Close() }()
	s := &Server{log: log}
	for _, line := range []string{"level=WARN msg=x\n", "troupe dev (go1) listens on wss://127.0.0.1:41/ws\n", "level=WARN msg=y\n", "admin on http://127.0.0.1:43"} {
		_, err := log.WriteString(line)
		require.NoError(t, err)
		require.False(t, s.where())
	}
	_, err = log.WriteString("\n")
	require.NoError(t, err)
	require.True(t, s.where())
	require.Equal(t, []string{"wss://127.0.0.1:41/ws", "127.0.0.1:41", "127.0.0.1:43"}, []string{s.access.URL, s.addr, s.Admin})
}

func TestHS256(t *testing.T) {
	token := HS256("a secret", "app")("ann")
	parts := strings.Split(token, ".")
	require.Len(t, parts, 3)
	mac := hmac.New(sha256.New, []byte("a secret"))
	mac.Write([]byte(parts[0] + "." + parts[1]))
	require.Equal(t, base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), parts[2])
	var claims struct {
		Sub, Aud string
		Iat, Exp int64
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &claims))
	require.Equal(t, "ann", claims.Sub)
	require.Equal(t, "app", claims.Aud)
	require.Equal(t, int64(86400), claims.Exp-claims.Iat)
}

func TestSources(t *testing.T) {
	require.Len(t, NewSources("ws://127.0.0.1:8080/ws", 3).addrs, 3)
	require.Equal(t, "127.0.0.2", NewSources("ws://127.0.0.1:8080/ws", 1).addrs[0].String())
	for _, far := range []string{"wss://chat.example.org/ws", "ws://10.0.0.1/ws", "::"} {
		require.Nil(t, NewSources(far, 3).Dial(), far)
	}
}

func TestErrRefused(t *testing.T) {
	code := int32(10017)
	err := &ErrRefused{&troupev1.Answer{Code: &code, Error: "muted", Message: "the caller is muted"}}
	require.Equal(t, "refused: 10017 muted: the caller is muted", err.Error())
}

func TestDescriptors(t *testing.T) {
	limit, n, err := Descriptors()
	require.NoError(t, err)
	require.Positive(t, n)
	require.Greater(t, limit, uint64(n))
}

func TestOpenFiles(t *testing.T) {
	n, err := openFiles("Limit                     Soft Limit           Hard Limit           Units     \n" +
		"Max processes             63000                63000                processes \n" +
		"Max open files            1024                 20000                files     \n")
	require.NoError(t, err)
	require.EqualValues(t, 1024, n)
	_, err = openFiles("Max processes             63000                63000                processes \n")
	require.Error(t, err)
}

// A client that trusts the certificate gets through to a server that has it.
func TestCertificate(t *testing.T) {
	cert, key, certPEM, err := certificate(t.TempDir())
	require.NoError(t, err)
	pair, err := tls.LoadX509KeyPair(cert, key)
	require.NoError(t, err)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13})
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	served := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err == nil {
			_, err = c.Write([]byte("x"))
			_ = c.Close()
		}
		served <- err
	}()
	c, err := tls.Dial("tcp", l.Addr().String(), trusting(certPEM))
	require.NoError(t, err)
	defer func() { _ = c.Close() }()
	_, err = c.Read(make([]byte, 1))
	require.NoError(t, err)
	require.NoError(t, <-served)
}

func TestEach(t *testing.T) {
	var seen [20]atomic.Int32
	require.NoError(t, Each(t.Context(), len(seen), 3, func(_ context.Context, i int) error {
		seen[i].Add(1)
		return nil
	}))
	for i := range seen {
		require.EqualValues(t, 1, seen[i].Load())
	}
	broken := errors.New("broken")
	calls := 0
	require.ErrorIs(t, Each(t.Context(), 100, 1, func(context.Context, int) error { calls++; return broken }), broken)
	require.Equal(t, 1, calls)
}
