package client

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

const fakeNow = 1_800_000_000_000 // what the fake server says in answers to login

// back waits for the connection that follows a lost one.
func (r *running) back(t *testing.T, after time.Duration) {
	t.Helper()
	require.Equal(t, Reconnecting, wait(t, r.state))
	r.clock.pass(t, after)
	r.peer = r.fake.accept(t)
}

func (r *running) loggedIn(t *testing.T, ticket *troupev1.ResumeTicket, want *troupev1.Login) {
	t.Helper()
	want.AppId, want.UserId, want.DeviceId = "app", "ann", "dev1"
	r.peer.ticket = ticket
	require.Empty(t, cmp.Diff(want, r.peer.login(nil), protocmp.Transform()))
	r.peer.joined("hall")
	r.peer.attach(map[string]uint64{"hall": 5, inbox: 2})
	require.Equal(t, Connected, wait(t, r.state))
}

// start2 is a client with a ticket, good for ten minutes by the server's clock.
func start2(t *testing.T) *running {
	t.Helper()
	r := start1(t, func(o *Options) {
		asked := 0
		o.TokenSource = func(context.Context) (string, error) {
			if asked++; asked == 1 {
				return "t", nil
			}
			return "t again", nil
		}
	})
	r.peer.cut()
	r.back(t, time.Minute)
	r.loggedIn(t, &troupev1.ResumeTicket{Ticket: "one", ExpiresAt: fakeNow + 600_000}, &troupev1.Login{Token: "t again"})
	return r
}

func TestComesBackByTicket(t *testing.T) {
	r := start2(t)
	r.peer.cut()
	r.back(t, time.Minute)
	r.loggedIn(t, &troupev1.ResumeTicket{Ticket: "two", ExpiresAt: fakeNow + 600_000}, &troupev1.Login{ResumeTicket: "one"})
	r.peer.cut()
	r.back(t, time.Minute)
	// Without an answer nobody knows whether the ticket was used.
	require.Equal(t, "two", r.peer.expect(protocol.OpLogin).GetLogin().GetResumeTicket())
	r.peer.cut()
	r.clock.pass(t, time.Minute)
	r.peer = r.fake.accept(t)
	r.loggedIn(t, nil, &troupev1.Login{Token: "t again"})
	r.peer.cut()
	r.back(t, time.Minute)
	r.loggedIn(t, nil, &troupev1.Login{Token: "t again"})
}

func TestTicketRefused(t *testing.T) {
	r := start2(t)
	r.peer.cut()
	r.back(t, time.Minute)
	r.peer.fail(r.peer.expect(protocol.OpLogin), protocol.ResumeRefused("boot"))
	r.loggedIn(t, nil, &troupev1.Login{Token: "t again"})
}

func TestTicketMeetsABan(t *testing.T) {
	r := start2(t)
	r.peer.cut()
	r.back(t, time.Minute)
	r.peer.fail(r.peer.expect(protocol.OpLogin), protocol.NewError(protocol.CodeBanned))
	require.Equal(t, Disconnected, wait(t, r.state))
	var refusal *protocol.Error
	require.True(t, errors.As(r.Err(), &refusal))
	require.Equal(t, protocol.CodeBanned, refusal.Code)
}

func TestTicketIsOver(t *testing.T) {
	r := start2(t)
	r.peer.close(protocol.CloseGoingAway, "600000")
	r.back(t, 10*time.Minute)
	r.loggedIn(t, nil, &troupev1.Login{Token: "t again"})
}

// A server that stops says when to come back, and the ticket is good then.
func TestServerStops(t *testing.T) {
	r := start2(t)
	r.peer.close(protocol.CloseGoingAway, "45000")
	require.Equal(t, Reconnecting, wait(t, r.state))
	r.clock.pass(t, 45*time.Second-time.Millisecond)
	require.NoError(t, r.clock.BlockUntilContext(within(t), 1), "it waits still")
	require.Empty(t, r.fake.peers)
	r.clock.Advance(time.Millisecond)
	r.peer = r.fake.accept(t)
	r.loggedIn(t, nil, &troupev1.Login{ResumeTicket: "one"})
}
