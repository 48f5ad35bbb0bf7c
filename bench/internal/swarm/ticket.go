//go:build linux

package swarm

import (
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// KeepTicket keeps the resume ticket of an answer to login (spec 19.12).
func (c *Conn) KeepTicket(a *troupev1.Answer) { c.ticket = a.GetLogin().GetResumeTicket().GetTicket() }

// Resume is the request that logs in with the ticket that was kept, or with the
// token if there is none. A ticket is good for one try, whose answer may be lost.
func (c *Conn) Resume() *troupev1.Request {
	req := c.Login()
	if c.ticket == "" {
		c.l.Tokens++
		return req
	}
	l := req.GetLogin()
	l.Token, l.ResumeTicket = "", c.ticket
	c.ticket, c.resuming = "", true
	return req
}

// resumed counts the answer to a login with a ticket. One that is refused is
// followed by the token: then the script has no answer yet.
func (c *Conn) resumed(code int32) (again bool, err error) {
	if !c.resuming {
		return false, nil
	}
	c.resuming = false
	switch code {
	case 0:
		c.l.Resumed++
	case int32(protocol.CodeResumeRefused):
		c.l.Refused++
		c.l.Tokens++
		req := c.Login()
		req.RequestId = c.l.s.requestID()
		c.asked = append(c.asked[:0], req.RequestId)
		return true, c.sendRaw(protocol.EncodeRequest(c.l.s.o.Codec, req))
	}
	return false, nil
}
