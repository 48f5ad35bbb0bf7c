package client

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// outcomeOf runs a call and gives its result later.
func outcomeOf[T any](call func() (T, error)) <-chan result[T] {
	out := make(chan result[T], 1)
	go func() {
		v, err := call()
		out <- result[T]{v, err}
	}()
	return out
}

type result[T any] struct {
	value T
	err   error
}

func wait[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		require.FailNow(t, "nothing happened")
		panic("unreachable")
	}
}

func TestDialLogsInAndAttaches(t *testing.T) {
	f := newFake(t)
	dialled := outcomeOf(func() (*Client, error) {
		return Dial(context.Background(), f.url, Options{User: "ann", Token: "secret", AppID: "app", DeviceID: "phone"})
	})
	p := f.accept(t)
	want := &troupev1.Login{AppId: "app", UserId: "ann", Token: "secret", DeviceId: "phone"}
	require.Empty(t, cmp.Diff(want, p.login(&troupev1.Limits{AttachGroups: 2}), protocmp.Transform()))
	p.joined("a", "b", "c")
	first := p.attach(map[string]uint64{"a": 7})
	require.Empty(t, cmp.Diff(&troupev1.Attach{
		Inbox: &troupev1.InboxFrom{}, Groups: []*troupev1.GroupFrom{{GroupId: "a"}, {GroupId: "b"}},
	}, first, protocmp.Transform()))
	second := p.attach(nil)
	require.Empty(t, cmp.Diff(&troupev1.Attach{
		Groups: []*troupev1.GroupFrom{{GroupId: "c"}}, Rest: troupev1.Rest_REST_LIVE,
	}, second, protocmp.Transform()))
	c := wait(t, dialled)
	require.NoError(t, c.err)
	defer func() { _ = c.value.Close() }()
	require.Equal(t, "dev1", c.value.DeviceID())
	require.Equal(t, "s1", c.value.SessionID())
	require.Equal(t, uint32(2), c.value.Limits().GetAttachGroups())
	require.WithinDuration(t, time.UnixMilli(1_800_000_000_000), c.value.ServerTime(), time.Minute)
	seq, epoch := c.value.Position("a")
	require.Equal(t, uint64(7), seq)
	require.Equal(t, "e1", epoch)
}

func TestDialErrors(t *testing.T) {
	t.Run("refused login", func(t *testing.T) {
		f := newFake(t)
		dialled := outcomeOf(func() (*Client, error) { return Dial(context.Background(), f.url, Options{User: "ann"}) })
		p := f.accept(t)
		p.fail(p.expect(protocol.OpLogin), protocol.NewError(protocol.CodeAuthFailed))
		var refusal *protocol.Error
		require.ErrorAs(t, wait(t, dialled).err, &refusal)
		require.Equal(t, "auth_failed", refusal.Name)
	})
	t.Run("closed", func(t *testing.T) {
		f := newFake(t)
		dialled := outcomeOf(func() (*Client, error) { return Dial(context.Background(), f.url, Options{User: "ann"}) })
		f.accept(t).close(protocol.CloseOverloaded, "overloaded")
		var closed *CloseError
		require.ErrorAs(t, wait(t, dialled).err, &closed)
		require.Equal(t, CloseError{Code: 1013, Reason: "overloaded"}, *closed)
	})
	t.Run("upgrade refused", func(t *testing.T) {
		f := newFake(t)
		f.refuse = func(w http.ResponseWriter) bool {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		_, err := Dial(within(t), f.url, Options{User: "ann"})
		var refused *HandshakeError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, HandshakeError{Status: 503, RetryAfter: 7 * time.Second}, *refused)
	})
	t.Run("token source", func(t *testing.T) {
		f := newFake(t)
		broken := errors.New("vault is closed")
		_, err := Dial(within(t), f.url, Options{User: "ann", TokenSource: func(context.Context) (string, error) { return "", broken }})
		require.ErrorIs(t, err, broken)
	})
	t.Run("no user", func(t *testing.T) {
		_, err := Dial(within(t), "ws://127.0.0.1:1", Options{})
		require.ErrorContains(t, err, "no user")
	})
}

func TestOperations(t *testing.T) {
	r := start1(t, nil)
	ctx := within(t)
	t.Run("result", func(t *testing.T) {
		got := outcomeOf(func() (*troupev1.JoinGroupResult, error) {
			return r.JoinGroup(ctx, &troupev1.JoinGroup{GroupId: "room"})
		})
		req := r.peer.expect(protocol.OpJoinGroup)
		require.Equal(t, "room", req.GetJoinGroup().GetGroupId())
		require.NotEmpty(t, req.GetRequestId())
		require.LessOrEqual(t, len(req.GetRequestId()), 36)
		r.peer.done(req, func(a *troupev1.Answer) {
			a.Code = proto.Int32(25424)
			a.Result = &troupev1.Answer_JoinGroup{JoinGroup: &troupev1.JoinGroupResult{Outcome: troupev1.Outcome_OUTCOME_WAIT_APPROVAL}}
		})
		res := wait(t, got)
		require.NoError(t, res.err)
		require.Equal(t, troupev1.Outcome_OUTCOME_WAIT_APPROVAL, res.value.GetOutcome())
	})
	t.Run("refusal", func(t *testing.T) {
		got := outcomeOf(func() (*troupev1.GroupIdResult, error) { return r.LeaveGroup(ctx, &troupev1.LeaveGroup{GroupId: "x"}) })
		r.peer.fail(r.peer.expect(protocol.OpLeaveGroup), protocol.NewError(group.CodeNotMember))
		err := wait(t, got).err
		require.Equal(t, int32(group.CodeNotMember), CodeOf(err))
		require.ErrorContains(t, err, "not_member")
	})
	t.Run("Do gives refusals as answers", func(t *testing.T) {
		got := outcomeOf(func() (*troupev1.Answer, error) {
			return r.Do(ctx, &troupev1.Request{RequestId: "mine", Op: &troupev1.Request_Ping{Ping: &troupev1.Ping{}}})
		})
		req := r.peer.expect(protocol.OpPing)
		require.Equal(t, "mine", req.GetRequestId())
		r.peer.fail(req, protocol.NewError(protocol.CodeBusy))
		res := wait(t, got)
		require.NoError(t, res.err)
		require.Equal(t, "busy", res.value.GetError())
	})
	t.Run("context", func(t *testing.T) {
		short, cancel := context.WithCancel(ctx)
		got := outcomeOf(func() (*troupev1.PingResult, error) { return r.Ping(short) })
		r.peer.expect(protocol.OpPing)
		cancel()
		require.ErrorIs(t, wait(t, got).err, context.Canceled)
	})
}

func TestRepeatsWhatTheServerWantsRepeated(t *testing.T) {
	r := start1(t, nil)
	got := outcomeOf(func() (*troupev1.SendMessageResult, error) { return r.SendText(within(t), "hall", "hi") })
	req := r.peer.expect(protocol.OpSendMessage)
	require.NotNil(t, req.GetSendMessage().Random)
	r.peer.fail(req, protocol.RetryLater(group.CodeRateLimited, 700))
	require.NoError(t, r.clock.BlockUntilContext(within(t), 2)) // the session's tick and the pause
	r.clock.Advance(700 * time.Millisecond)
	again := r.peer.expect(protocol.OpSendMessage)
	require.Empty(t, cmp.Diff(req, again, protocmp.Transform()))
	r.peer.done(again, func(a *troupev1.Answer) {
		a.Result = &troupev1.Answer_SendMessage{SendMessage: &troupev1.SendMessageResult{Seq: 6}}
	})
	res := wait(t, got)
	require.NoError(t, res.err)
	require.Equal(t, uint64(6), res.value.GetSeq())
}

func TestDiskFullIsNotRepeated(t *testing.T) {
	r := start1(t, nil)
	got := outcomeOf(func() (*troupev1.SendMessageResult, error) { return r.SendText(within(t), "hall", "hi") })
	r.peer.fail(r.peer.expect(protocol.OpSendMessage), protocol.DiskFull(5000))
	require.Equal(t, int32(protocol.CodeUnavailable), CodeOf(wait(t, got).err))
}

func TestWindow(t *testing.T) {
	f := newFake(t)
	dialled := outcomeOf(func() (*Client, error) {
		return Dial(context.Background(), f.url, Options{User: "ann", Attach: AttachManual})
	})
	p := f.accept(t)
	p.login(&troupev1.Limits{RequestsUnanswered: 1, RequestBytes: 4096})
	c := wait(t, dialled).value
	defer func() { _ = c.Close() }()
	ctx := within(t)

	_, err := c.SendCustomNotice(ctx, &troupev1.SendCustomNotice{Content: make([]byte, 5000)})
	require.ErrorIs(t, err, ErrTooLarge)

	ping := func() (*troupev1.PingResult, error) { return c.Ping(ctx) }
	first, second := outcomeOf(ping), outcomeOf(ping)
	req := p.expect(protocol.OpPing)
	// The other one is held back: what comes next is the answer's doing.
	p.done(req, func(a *troupev1.Answer) { a.Result = &troupev1.Answer_Ping{Ping: &troupev1.PingResult{ServerTime: 1}} })
	p.done(p.expect(protocol.OpPing), func(a *troupev1.Answer) { a.Result = &troupev1.Answer_Ping{Ping: &troupev1.PingResult{ServerTime: 2}} })
	require.NoError(t, wait(t, first).err)
	require.NoError(t, wait(t, second).err)
}

func TestLogout(t *testing.T) {
	r := start1(t, nil)
	got := outcomeOf(func() (struct{}, error) { return struct{}{}, r.Logout(within(t)) })
	r.peer.done(r.peer.expect(protocol.OpLogout), nil)
	r.peer.close(protocol.CloseNormal, "logged out")
	require.NoError(t, wait(t, got).err)
	require.Equal(t, Disconnected, wait(t, r.state))
	_, err := r.Ping(within(t))
	require.Error(t, err)
}

func TestCloseFailsWhatWaits(t *testing.T) {
	r := start1(t, nil)
	got := outcomeOf(func() (*troupev1.PingResult, error) { return r.Ping(within(t)) })
	r.peer.expect(protocol.OpPing)
	require.NoError(t, r.Close())
	require.ErrorIs(t, wait(t, got).err, ErrClosed)
	require.ErrorIs(t, r.Err(), ErrClosed)
	_, open := <-r.Events()
	require.False(t, open)
	require.NoError(t, r.Close())
}

func TestGuest(t *testing.T) {
	f := newFake(t)
	dialled := outcomeOf(func() (*Client, error) { return DialGuest(context.Background(), f.url, "show", Options{}) })
	p := f.accept(t)
	welcome := func(req *troupev1.Request, next uint64) {
		p.done(req, func(a *troupev1.Answer) {
			a.Result = &troupev1.Answer_GuestJoin{GuestJoin: &troupev1.GuestJoinResult{
				SessionId: "g1", Epoch: "e1", NextSeq: next,
				Group: &troupev1.GroupProfile{GroupId: req.GetGuestJoin().GetGroupId(), Kind: troupev1.Kind_KIND_LIVESTREAM},
			}}
		})
	}
	welcome(p.expect(protocol.OpGuestJoin), 11)
	c := wait(t, dialled)
	require.NoError(t, c.err)
	r := &running{Client: c.value}
	defer func() { _ = r.Close() }()
	require.Equal(t, "show", r.Room().GetGroup().GetGroupId())

	skip := message("show", 14)
	skip.Skipped = &troupev1.Skipped{FromSeq: 12, ToSeq: 13, Normal: 2}
	p.say(message("show", 11), skip)
	require.Equal(t, []uint64{11, 14}, r.seqs(t, 2))

	moved := outcomeOf(func() (*troupev1.GuestJoinResult, error) { return r.GuestJoin(within(t), "other") })
	welcome(p.expect(protocol.OpGuestJoin), 1)
	require.NoError(t, wait(t, moved).err)
	require.Equal(t, "other", r.Room().GetGroup().GetGroupId())
	p.say(message("other", 1))
	require.Equal(t, "other", r.event(t).Group)
	require.Error(t, r.Renew(within(t)))
}

func TestRenew(t *testing.T) {
	n := 0
	r := start1(t, func(o *Options) {
		o.TokenSource = func(context.Context) (string, error) { n++; return "token", nil }
	})
	got := outcomeOf(func() (struct{}, error) { return struct{}{}, r.Renew(within(t)) })
	require.Equal(t, "dev1", r.peer.login(nil).GetDeviceId())
	require.NoError(t, wait(t, got).err)
	require.Equal(t, 2, n)
}
