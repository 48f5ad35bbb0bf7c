package client

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Context is context.Context; the alias keeps the list of operations readable.
type Context = context.Context

// call is one request without an answer. Its times are guarded by Client.mu.
type call struct {
	req *troupev1.Request
	// session is set for calls of one connection (login, attach by itself), which
	// are not repeated on the next.
	session *session
	done    chan outcome // takes one

	order       uint64
	first, sent time.Time // zero: not yet
	abandoned   bool      // nobody waits, but the answer still has its effect
}

type outcome struct {
	answer *troupev1.Answer
	err    error
}

func newCall(req *troupev1.Request) *call {
	if req.GetRequestId() == "" {
		req.RequestId = rand.Text()
	}
	return &call{req: req, done: make(chan outcome, 1)}
}

// Do asks one request and returns the answer as it came, refusals included; it
// is repeated as long as that is safe (spec 18.5). A request without request_id
// gets one. Errors: ErrUnknownOutcome, ErrTooLarge, ErrClosed or what ended the
// client, and the context's, after which the request may still be carried out.
func (c *Client) Do(ctx Context, req *troupev1.Request) (*troupev1.Answer, error) {
	m := newCall(req)
	if err := c.enqueue(m); err != nil {
		return nil, err
	}
	c.flush()
	signal(c.queue.drained) // a waiting reader now has an answer to look for
	select {
	case o := <-m.done:
		return o.answer, o.err
	case <-ctx.Done():
		c.abandon(m)
		return nil, fmt.Errorf("%s: %w", protocol.OpOf(req), ctx.Err())
	}
}

func (c *Client) enqueue(m *call) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == Disconnected {
		return c.endedBy()
	}
	if most := c.limits.GetRequestBytes(); most > 0 && proto.Size(m.req) > int(most) {
		return ErrTooLarge
	}
	if c.calls[m.req.RequestId] != nil {
		return fmt.Errorf("%s: request_id is waiting for an answer already", protocol.OpOf(m.req))
	}
	c.orders++
	m.order = c.orders
	c.calls[m.req.RequestId] = m
	return nil
}

func (c *Client) abandon(m *call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if protocol.OpOf(m.req) == protocol.OpAttach && !m.sent.IsZero() {
		m.abandoned = true
		return
	}
	delete(c.calls, m.req.RequestId)
}

// flush sends what may be sent: in order, and no more than the server takes
// unanswered.
func (c *Client) flush() {
	c.sending.Lock()
	defer c.sending.Unlock()
	for {
		conn, m := c.nextCall()
		if m == nil {
			return
		}
		if err := conn.Send(m.req); err != nil {
			_ = conn.Abort() // the reader ends, and the call is repeated
			return
		}
	}
}

func (c *Client) nextCall() (*Conn, *call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ready {
		return nil, nil
	}
	var next *call
	flying := 0
	for _, m := range c.calls {
		switch {
		case !m.sent.IsZero():
			flying++
		case next == nil || m.order < next.order:
			next = m
		}
	}
	window := int(c.limits.GetRequestsUnanswered())
	if next == nil || window > 0 && flying >= window {
		return nil, nil
	}
	next.sent = c.opts.clock.Now()
	if next.first.IsZero() {
		next.first = next.sent
	}
	return c.conn, next
}

// unsend makes the calls that were sent wait to be sent again, and gives up
// those that are too old for it. before: only those sent until then; zero = all.
func (c *Client) unsend(before time.Time) {
	now := c.opts.clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, m := range c.calls {
		if m.session != nil || m.sent.IsZero() || !before.IsZero() && m.sent.After(before) {
			continue
		}
		if m.abandoned || protocol.OpOf(m.req).Changes() && now.Sub(m.first) >= c.safeFor(m.req) {
			delete(c.calls, id)
			m.done <- outcome{err: ErrUnknownOutcome}
			continue
		}
		m.sent = time.Time{}
	}
}

// safeFor is how long after its first try a request may be repeated.
func (c *Client) safeFor(req *troupev1.Request) time.Duration {
	if c.live[groupOf(req)] {
		return c.opts.timing.safeLive
	}
	return c.opts.timing.safe
}

// tooLarge gives up the largest request that was sent: the server closed the
// connection because of it (1009).
func (c *Client) tooLarge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	var largest *call
	for _, m := range c.calls {
		if m.session == nil && !m.sent.IsZero() && (largest == nil || proto.Size(m.req) > proto.Size(largest.req)) {
			largest = m
		}
	}
	if largest != nil {
		delete(c.calls, largest.req.RequestId)
		largest.done <- outcome{err: ErrTooLarge}
	}
}

// waiting reports whether somebody waits for an answer.
func (c *Client) waiting() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.calls) > 0
}

// failAll ends all calls, or those of one session.
func (c *Client) failAll(s *session, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, m := range c.calls {
		if s == nil || m.session == s {
			delete(c.calls, id)
			m.done <- outcome{err: err}
		}
	}
}

// op asks like Do, turns refusals into errors, and repeats what the server
// wants repeated: after busy and rate_limited, unavailable and internal_error,
// at most as often as retries says.
func (c *Client) op(ctx Context, req *troupev1.Request) (*troupev1.Answer, error) {
	for tries := 0; ; tries++ {
		a, err := c.Do(ctx, req)
		if err != nil {
			return nil, err
		}
		refusal := AnswerError(a)
		wait, again := repeatAfter(a, tries)
		if refusal == nil || !again || tries >= retries {
			return a, refusal
		}
		if !c.pause(ctx, wait) {
			return a, refusal
		}
	}
}

// retries is how often an operation is repeated after a refusal for now.
const retries = 3

// repeatAfter says when to repeat a refused request (spec 18.5).
func repeatAfter(a *troupev1.Answer, tries int) (time.Duration, bool) {
	row, ok := protocol.RowOf(codeOf(a))
	if !ok || row.Retry == protocol.RetryNo || a.GetDetails().GetReason() == "disk_full" {
		return 0, false
	}
	if ms := a.GetDetails().GetRetryAfterMs(); ms > 0 {
		return time.Duration(ms) * time.Millisecond, true
	}
	return 200 * time.Millisecond << tries, true
}

// pause waits; false if there is no more reason to.
func (c *Client) pause(ctx Context, d time.Duration) bool {
	after, stop := c.opts.clock.After(d)
	defer stop()
	select {
	case <-after:
		return true
	case <-ctx.Done():
		return false
	case <-c.ctx.Done():
		return false
	}
}

// groupOf is the group that a request names; empty if none.
func groupOf(req *troupev1.Request) string {
	if p := req.GetSendMessage(); p != nil {
		return p.GetConversation().GetId()
	}
	m := req.ProtoReflect()
	fd := m.WhichOneof(m.Descriptor().Oneofs().ByName("op"))
	if fd == nil {
		return ""
	}
	if p, ok := m.Get(fd).Message().Interface().(interface{ GetGroupId() string }); ok {
		return p.GetGroupId()
	}
	return ""
}
