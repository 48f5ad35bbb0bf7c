package e2e

import (
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/gateway"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// What `make cells` sets: a server that says yes and does nothing, or one cell
// of the policy table flipped, as kind.key=value. Tests of rows must fail then.
// Patience is how long a test waits, as 30s, in place of the usual time.
const (
	envYes      = "TROUPE_E2E_YES"
	envFlip     = "TROUPE_E2E_FLIP"
	envPatience = "TROUPE_E2E_PATIENCE"
)

// flip changes the cell that the environment names.
func flip(c *config.Config) {
	cell, value, ok := strings.Cut(os.Getenv(envFlip), "=")
	kind, key, dotted := strings.Cut(cell, ".")
	if ok && dotted {
		policy(kind, key, value)(c)
	}
}

// yes opens sessions that answer every request with code 0 and do nothing.
type yes struct{}

func (yes) Open(c actors.Conn) actors.Session { return &yesSession{c} }

type yesSession struct{ conn actors.Conn }

func (s *yesSession) Request(req *troupev1.Request) {
	s.conn.SignedIn()
	s.conn.Push(protocol.AnswerFrame(protocol.DoneAnswer(req.GetRequestId())))
}
func (s *yesSession) Closed() {}
func (s *yesSession) Lagged() {}

// startYes starts such a server and gives its address.
func startYes(t *testing.T) string {
	t.Helper()
	g, err := gateway.New(gateway.Config{MaxPerAddress: 1 << 20}, gateway.Deps{Opener: yes{}})
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = g.Serve(l) }()
	addr := netip.MustParseAddrPort(l.Addr().String())
	return "ws://" + addr.String() + "/ws"
}
