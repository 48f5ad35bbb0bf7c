package e2e

import (
	"context"
	"net"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/client"
	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// rooted is guarded, with root as an app administrator.
func rooted(c *config.Config) {
	guarded(c)
	c.App.Admins = []string{"root"}
}

// trusted logs in by a token made now.
func (w *world) trusted(user, device string) *peer {
	w.t.Helper()
	p := w.dial(protocol.Binary)
	p.user = user
	p.ok(w.byToken(user, device))
	return p
}

// dialFrom connects from a local address of this machine.
func (w *world) dialFrom(address string) (*peer, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	conn, err := client.DialConn(ctx, w.url, client.ConnOptions{Codec: protocol.JSON, Dial: from.DialContext})
	if err != nil {
		return nil, err
	}
	p := &peer{w: w, t: w.t, conn: conn}
	w.peers = append(w.peers, p)
	return p, nil
}

// from is dialFrom where it must succeed.
func (w *world) from(address string) *peer {
	w.t.Helper()
	p, err := w.dialFrom(address)
	require.NoError(w.t, err)
	return p
}

func banOf(user string, seconds int64, reason string) *troupev1.SetBan {
	return &troupev1.SetBan{UserId: user, Duration: proto.Int64(seconds), Reason: reason}
}

// bannedLogin is refused, told why and until when, and closed.
func (w *world) bannedLogin(p *peer, login proto.Message, until int64, reason string) {
	w.t.Helper()
	p.user = "banned"
	a := p.code(11056, login)
	require.Equal(w.t, "banned", a.GetError())
	require.NotNil(w.t, a.GetDetails().Until)
	require.Equal(w.t, until, a.GetDetails().GetUntil())
	require.Equal(w.t, reason, a.GetDetails().GetReason())
	require.Nil(w.t, a.GetResult())
	require.Empty(w.t, p.sentAway(4503))
}

// log reads the whole audit log, oldest first, page by page.
func (p *peer) log(q *troupev1.ListAudit) []*troupev1.AuditEntry {
	p.t.Helper()
	q = proto.Clone(q).(*troupev1.ListAudit)
	q.Order = troupev1.Order_ORDER_OLDEST
	var all []*troupev1.AuditEntry
	for {
		page := p.ok(q).GetListAudit()
		all = append(all, page.GetEntries()...)
		if q.Cursor = page.GetNextCursor(); q.Cursor == "" {
			return all
		}
	}
}

// upgradeRefused asserts that a handshake is answered 403.
func (w *world) upgradeRefused(address string) {
	w.t.Helper()
	_, err := w.dialFrom(address)
	var refused *client.HandshakeError
	require.ErrorAs(w.t, err, &refused)
	require.Equal(w.t, 403, refused.Status)
}
