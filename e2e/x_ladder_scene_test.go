package e2e

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/client"
	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/gateway"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// ladder is a world in which a device that does not read its socket is soon
// noticed: sockets hold little. How much is the kernel's to say, so tests fill
// until a level is reached, and read what came.
type ladder struct {
	*world
	// reluctant are the devices that do not read by themselves.
	reluctant map[*peer]bool
}

const (
	// sendBytes and receiveBytes are asked of the kernel: the server's end of
	// every connection, and the client's of a slow one. A whole write of the
	// server fits into the former, or the healthy would be slow at times, too.
	sendBytes, receiveBytes = 16 << 10, 4096
	// ladderFrames is what may wait for a device.
	ladderFrames = 64
)

func newLadder(t *testing.T, options ...func(*config.Config)) *ladder {
	t.Helper()
	all := append([]func(*config.Config){unlimited, func(c *config.Config) {
		c.Limits.QueueFrames, c.Limits.QueueBytes = ladderFrames, 8<<20
	}}, options...)
	return &ladder{reluctant: map[*peer]bool{}, world: newWorldWith(t, server.Options{Adjust: func(_ *actors.Config, g *gateway.Config) {
		g.SendBuffer = sendBytes
		// A close is to be read, however slowly.
		g.CloseTimeout = patience
	}}, all...)}
}

// hasty has the ladder's own periods in force. Healthy connections must be kept
// busy while the clock moves (pass).
func hasty(c *config.Config) {
	d := config.Default().Limits
	c.Limits.BlockedAfter, c.Limits.ClosedAfter = d.BlockedAfter, d.ClosedAfter
}

// pass moves the clock in steps, and the healthy take something at each.
func (l *ladder) pass(d time.Duration, healthy ...*peer) {
	l.t.Helper()
	for step := 4 * time.Second; d > 0; d -= step {
		l.settle()
		l.clock.Advance(min(step, d))
		for _, p := range healthy {
			p.fence()
			p.fence()
		}
	}
}

// small dials with a small receive buffer.
func small(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Control: func(_, _ string, c syscall.RawConn) (err error) {
		cerr := c.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, receiveBytes)
		})
		if err == nil {
			err = cerr
		}
		return err
	}}
	return d.DialContext(ctx, network, address)
}

// slow connects a device that reads only when the test asks for something.
func (l *ladder) slow(user, device string) *peer {
	l.t.Helper()
	p := l.dialWith(client.ConnOptions{Dial: small, WriteTimeout: -1})
	p.user, l.reluctant[p] = user, true
	p.ok(&troupev1.Login{UserId: user, DeviceId: device})
	p.ok(&troupev1.Attach{Inbox: &troupev1.InboxFrom{}, Rest: troupev1.Rest_REST_LIVE})
	return p
}

// slowGuest is slow for somebody without login.
func (l *ladder) slowGuest(room string) *peer {
	l.t.Helper()
	p := l.dialWith(client.ConnOptions{Dial: small, WriteTimeout: -1, Codec: protocol.JSON})
	p.user, l.reluctant[p] = "guest", true
	p.ok(&troupev1.GuestJoin{GroupId: room})
	return p
}

// healthy has the others read what there is.
func (l *ladder) healthy() {
	l.t.Helper()
	for _, p := range l.peers {
		if !l.reluctant[p] {
			p.fence()
		}
	}
}

// steps reads how often connections came to a level, from the server's metrics.
func (l *ladder) steps(level, reason string) int {
	l.t.Helper()
	page := strings.Replace(strings.TrimSuffix(l.url, "/ws"), "ws://", "http://", 1) + "/metrics"
	resp, err := http.Get(page)
	require.NoError(l.t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(l.t, err)
	m := regexp.MustCompile(`(?m)^troupe_gateway_ladder_steps_total\{level="` + level + `",reason="` + reason + `"\} (\d+)$`).FindSubmatch(text)
	require.NotNil(l.t, m)
	n, err := strconv.Atoi(string(m[1]))
	require.NoError(l.t, err)
	return n
}

// long is a message of about a kilobyte.
func long(group, s string) *troupev1.SendMessage { return text(group, s+strings.Repeat(".", 1000)) }

// says sends n long messages, some at a time: so few that the answers do not
// make the sender slow.
func (p *peer) says(group string, n int) {
	p.t.Helper()
	for some := ladderFrames / 8; n > 0; n -= some {
		some = min(some, n)
		p.post(some, func(i int) *troupev1.Request { return request(long(group, fmt.Sprint("m", i))) })
		require.Len(p.t, coded(p.answers(some), 0), some)
	}
}

// fill sends messages, a few at a time, until some connection has come to the
// level once more, and returns how many that were.
func (l *ladder) fill(sender *peer, group, level, reason string) int {
	l.t.Helper()
	const few = 3
	before := l.steps(level, reason)
	end := time.Now().Add(patience)
	for n := few; ; n += few {
		sender.says(group, few)
		l.healthy()
		if l.steps(level, reason) > before {
			return n
		}
		require.True(l.t, time.Now().Before(end), "%d messages, and no connection came to %s", n, level)
	}
}

// comesTo waits until connections have come to a level so many times.
func (l *ladder) comesTo(level, reason string, times int) {
	l.t.Helper()
	require.Eventually(l.t, func() bool { return l.steps(level, reason) == times }, patience, time.Millisecond)
}

// frames receives whole frames up to a fence: up to two, as only the second is
// answered when the server knows that the first was taken.
func (p *peer) frames() []*troupev1.Frame {
	p.t.Helper()
	p.w.settle()
	return append(p.toFence(), p.toFence()...)
}

func (p *peer) toFence() []*troupev1.Frame {
	p.t.Helper()
	req := ping(0)
	require.NoError(p.t, p.conn.Send(req))
	var list []*troupev1.Frame
	for {
		f := p.recv()
		if f.GetAnswer().GetRequestId() == req.GetRequestId() && f.GetAnswer() != nil {
			return list
		}
		list = append(list, f)
	}
}

// through receives whole frames up to a number of a group, and up to a fence
// behind it; what attach brings comes piece by piece to a slow device.
func (p *peer) through(group string, seq uint64) []*troupev1.Frame {
	p.t.Helper()
	var list []*troupev1.Frame
	for {
		f := p.recv()
		list = append(list, f)
		if m := f.GetEvent().GetMessage(); m.GetConversation().GetId() == group && m.GetSeq() >= seq {
			return append(list, p.frames()...)
		}
	}
}

// levels are the changes of level among frames, as "folded half".
func levels(list []*troupev1.Frame) []string {
	var out []string
	for _, f := range list {
		if c := f.GetEvent().GetLevelChanged(); c != nil {
			out = append(out, c.GetLevel()+" "+c.GetReason())
		}
	}
	return out
}

// after cuts off everything up to a change of level.
func after(t *testing.T, list []*troupev1.Frame, level string) []*troupev1.Frame {
	t.Helper()
	for i, f := range list {
		if f.GetEvent().GetLevelChanged().GetLevel() == level {
			return list[i+1:]
		}
	}
	require.FailNow(t, "the level was not told", "%s: %v", level, levels(list))
	return nil
}

// numbers are the seqs of a group's messages and tips among frames.
func numbers(list []*troupev1.Frame, group string) []uint64 {
	var out []uint64
	for _, f := range list {
		if m := f.GetEvent().GetMessage(); m.GetConversation().GetId() == group && m != nil {
			out = append(out, m.GetSeq())
		}
	}
	return out
}

// lagging are the streams named as lagging, "" for the inbox.
func lagging(t *testing.T, list []*troupev1.Frame) []string {
	t.Helper()
	var out []string
	for _, f := range list {
		if l := f.GetEvent().GetLagging(); l != nil {
			require.Nil(t, out, "named twice")
			for _, s := range l.GetStreams() {
				require.Equal(t, s.GetInbox(), s.GetGroupId() == "")
				out = append(out, s.GetGroupId())
			}
		}
	}
	return out
}

// accounted asserts that every number of a room from first on was delivered or
// named as skipped, in order, with counts that add up; it returns the next one.
func accounted(t *testing.T, list []*troupev1.Frame, room string, first uint64) uint64 {
	t.Helper()
	next := first
	name := func(s *troupev1.Skipped) {
		if s == nil {
			return
		}
		require.Equal(t, next, s.GetFromSeq())
		require.Equal(t, s.GetToSeq()-s.GetFromSeq()+1, s.GetHigh()+s.GetNormal()+s.GetLow()+s.GetSystem(), "%v", s)
		next = s.GetToSeq() + 1
	}
	for _, f := range list {
		if s := f.GetEvent().GetRoomSkipped(); s.GetGroupId() == room && s != nil {
			name(s.GetSkipped())
		}
		if m := f.GetEvent().GetMessage(); m.GetConversation().GetId() == room && m != nil {
			name(f.GetSkipped())
			require.Equal(t, next, m.GetSeq())
			next++
		}
	}
	return next
}

// inboxOf reads the notices of a user by another device, the newest first.
func (w *world) inboxOf(user string) []*troupev1.SystemNotice {
	w.t.Helper()
	p := w.login(user, "reader")
	defer p.cut()
	return p.inbox()
}

// inbox reads all notices, the newest first.
func (p *peer) inbox() []*troupev1.SystemNotice {
	p.t.Helper()
	var all []*troupev1.SystemNotice
	for cursor := ""; ; {
		page := p.ok(&troupev1.ListSystemNotices{Cursor: cursor, Count: proto.Uint32(100)}).GetListSystemNotices()
		all = append(all, page.GetNotices()...)
		if cursor = page.GetNextCursor(); cursor == "" {
			return all
		}
	}
}
