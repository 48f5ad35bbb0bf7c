package actors

import (
	"sync/atomic"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// call is one command on its way to a group actor and back. It is answered
// exactly once; every later attempt does nothing.
type call struct {
	// session is nil for the server's own commands.
	session *session
	req     *troupev1.Request
	group   group.ID
	input   group.Input

	// then, if set, takes the result instead of the caller's connection. It
	// runs on the group actor's goroutine and must not block.
	then func(*group.Result, *protocol.Error)
	// released runs on the group actor's goroutine when the command is stable
	// and was not refused, before the effects go out.
	released func(*groupActor, *held)
	// after runs once, when the call has been answered or refused.
	after func()

	// asAppAdmin: its group has found that the call rests on being an app_admin.
	asAppAdmin bool

	// echoes repeat this call while it waits for its room's budget: they get its
	// answer.
	echoes []*call

	entry *groupEntry
	done  atomic.Bool
}

// conn is the calling connection's id, 0 for the server's own commands.
func (c *call) conn() uint64 {
	if c.session == nil {
		return 0
	}
	return c.session.conn.ID()
}

// end takes the call off the books; it reports false if that was done already.
func (c *call) end() bool {
	if !c.done.CompareAndSwap(false, true) {
		return false
	}
	if c.entry != nil {
		c.entry.waiting.Add(-1)
	}
	return true
}

// answer gives the caller its result.
func (c *call) answer(res *group.Result) {
	if !c.end() {
		return
	}
	switch {
	case c.then != nil:
		c.then(res, nil)
	case c.session != nil:
		c.session.answer(protocol.AnswerFor(c.req, res))
	}
	c.over()
	for _, e := range c.echoes {
		e.answer(res)
	}
}

func (c *call) over() {
	if c.after != nil {
		c.after()
	}
}

// refuse gives the caller an error.
func (c *call) refuse(e *protocol.Error) {
	if !c.end() {
		return
	}
	switch {
	case c.then != nil:
		c.then(nil, e)
	case c.session != nil && c.asAppAdmin:
		c.session.refuse(c.req, e) // its group has stored the entry
	case c.session != nil:
		c.session.refuseAudited(c.req, e)
	}
	c.over()
	for _, echo := range c.echoes {
		echo.refuse(e)
	}
}
