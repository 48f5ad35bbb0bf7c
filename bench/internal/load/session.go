package load

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/troupe-im/troupe/client"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Target is a server and how to reach it.
type Target struct {
	URL    string
	Tokens Tokens
	// AppID is named at login; may be empty.
	AppID string
	Codec protocol.Codec
	// TLS is for a wss URL; nil = the default.
	TLS     *tls.Config
	Sources *Sources
	// Run makes request ids and user ids of this run different from others'.
	Run string
	// Redials counts connections that came about only at a further try.
	Redials *atomic.Uint64
}

// Session is one connection that asks and listens. Requests may come from
// several goroutines; events are handed over by the reader, in order.
type Session struct {
	User string
	// Login is the answer to login.
	Login *troupev1.LoginResult

	conn    *client.Conn
	onEvent func(*troupev1.Event)
	prefix  string

	mu      sync.Mutex
	last    uint64
	waiting map[string]chan *troupev1.Answer
	err     error // why there is no more
	ended   chan struct{}
}

// ErrRefused is an answer with an error code.
type ErrRefused struct{ Answer *troupev1.Answer }

// Error implements error.
func (e *ErrRefused) Error() string {
	return fmt.Sprintf("refused: %d %s: %s", e.Answer.GetCode(), e.Answer.GetError(), e.Answer.GetMessage())
}

// AnswerWithin is how long an answer may take.
const AnswerWithin = 60 * time.Second

// Connect dials and logs in. onEvent may be nil.
func (t *Target) Connect(ctx context.Context, user string, onEvent func(*troupev1.Event)) (*Session, error) {
	s, err := t.Open(ctx, onEvent)
	if err != nil {
		return nil, err
	}
	if err := s.LogIn(ctx, t.AppID, user, t.Tokens(user)); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// dials is how often a connection is tried: a server that is asked for too many
// at once refuses some, and clients come back.
const dials = 5

// Open dials without logging in.
func (t *Target) Open(ctx context.Context, onEvent func(*troupev1.Event)) (*Session, error) {
	conn, err := t.dial(ctx)
	for n := 1; err != nil && n < dials && ctx.Err() == nil; n++ {
		t.Redials.Add(1)
		time.Sleep(time.Duration(n) * 200 * time.Millisecond)
		conn, err = t.dial(ctx)
	}
	if err != nil {
		return nil, err
	}
	s := &Session{
		conn: conn, onEvent: onEvent, prefix: t.Run + "." + strconv.FormatUint(t.Sources.next.Add(1), 36) + ".",
		waiting: map[string]chan *troupev1.Answer{}, ended: make(chan struct{}),
	}
	go s.read() // ends with the connection
	return s, nil
}

func (t *Target) dial(ctx context.Context) (*client.Conn, error) {
	return client.DialConn(ctx, t.URL, client.ConnOptions{
		Codec: t.Codec, TLSConfig: t.TLS, Dial: t.Sources.Dial(), HandshakeTimeout: AnswerWithin, WriteTimeout: AnswerWithin,
		ReadBuffer: 1024, WriteBuffer: 512,
	})
}

// LogIn logs in as a user.
func (s *Session) LogIn(ctx context.Context, appID, user, token string) error {
	s.User = user
	a, err := s.Call(ctx, &troupev1.Request{Op: &troupev1.Request_Login{Login: &troupev1.Login{
		AppId: appID, UserId: user, Token: token, DeviceId: "bench",
	}}})
	if err != nil {
		return fmt.Errorf("login %s: %w", user, err)
	}
	s.Login = a.GetLogin()
	return nil
}

// AttachLive attaches the inbox and all groups, those joined later included.
func (s *Session) AttachLive(ctx context.Context) error {
	_, err := s.Call(ctx, &troupev1.Request{Op: &troupev1.Request_Attach{Attach: &troupev1.Attach{Rest: troupev1.Rest_REST_LIVE}}})
	if err != nil {
		return fmt.Errorf("attach %s: %w", s.User, err)
	}
	return nil
}

// Ask sends a request and returns the answer, refusals included. A request
// without an id gets one.
func (s *Session) Ask(ctx context.Context, req *troupev1.Request) (*troupev1.Answer, error) {
	answer, err := s.enlist(req)
	if err != nil {
		return nil, err
	}
	if err := s.conn.Send(req); err != nil {
		return nil, err
	}
	timeout := time.NewTimer(AnswerWithin)
	defer timeout.Stop()
	select {
	case a := <-answer:
		return a, nil
	case <-s.ended:
		select {
		case a := <-answer: // it came just before the end
			return a, nil
		default:
			return nil, s.Err()
		}
	case <-timeout.C:
		return nil, fmt.Errorf("%s: no answer for %s", protocol.OpOf(req), AnswerWithin)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Call is Ask with refusals as *ErrRefused.
func (s *Session) Call(ctx context.Context, req *troupev1.Request) (*troupev1.Answer, error) {
	a, err := s.Ask(ctx, req)
	if err == nil && a.GetError() != "" {
		return a, &ErrRefused{a}
	}
	return a, err
}

func (s *Session) enlist(req *troupev1.Request) (chan *troupev1.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	if req.RequestId == "" {
		s.last++
		req.RequestId = s.prefix + strconv.FormatUint(s.last, 36)
	}
	answer := make(chan *troupev1.Answer, 1)
	s.waiting[req.RequestId] = answer
	return answer, nil
}

func (s *Session) read() {
	for {
		f, err := s.conn.Recv(context.Background())
		if err != nil {
			s.mu.Lock()
			s.err = err
			s.mu.Unlock()
			close(s.ended)
			return
		}
		if e := f.GetEvent(); e != nil {
			if s.onEvent != nil {
				s.onEvent(e)
			}
			continue
		}
		s.deliver(f.GetAnswer())
	}
}

func (s *Session) deliver(a *troupev1.Answer) {
	s.mu.Lock()
	answer := s.waiting[a.GetRequestId()]
	delete(s.waiting, a.GetRequestId())
	s.mu.Unlock()
	if answer != nil {
		answer <- a
	}
}

// Ended is closed when the connection is gone.
func (s *Session) Ended() <-chan struct{} { return s.ended }

// Err says why the connection is gone.
func (s *Session) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil || errors.Is(s.err, client.ErrClosed) {
		return s.err
	}
	return fmt.Errorf("connection of %s: %w", s.User, s.err)
}

// Close closes and waits until no event is handed over any more.
func (s *Session) Close() {
	_ = s.conn.Close()
	<-s.ended
}
