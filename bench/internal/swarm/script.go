//go:build linux

package swarm

import troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"

// LogInOnly is the script that makes a user known and leaves him unattached.
func LogInOnly(c *Conn, step int, _ func() *troupev1.Answer) *troupev1.Request {
	if step == 0 {
		return c.Login()
	}
	return nil
}

// LogInKeeping is the same, and keeps the resume ticket.
func LogInKeeping(c *Conn, step int, answer func() *troupev1.Answer) *troupev1.Request {
	if step == 0 {
		return c.Login()
	}
	c.KeepTicket(answer())
	return nil
}

// ComeBack is what a client does that comes back: it logs in, with its ticket if
// it has one, and attaches its rooms from its last numbers.
func ComeBack(c *Conn, step int, answer func() *troupev1.Answer) *troupev1.Request {
	switch step {
	case 0:
		return c.Resume()
	case 1:
		c.KeepTicket(answer())
		return c.AttachRequest()
	}
	c.Attached(answer())
	return nil
}

// EnterUnheard is the script that logs in, joins a group and attaches the inbox
// only, so that nothing of the group comes (spec 18.3).
func EnterUnheard(group string) Script {
	return func(c *Conn, step int, _ func() *troupev1.Answer) *troupev1.Request {
		switch step {
		case 0:
			return c.Login()
		case 1:
			return &troupev1.Request{Op: &troupev1.Request_JoinGroup{JoinGroup: &troupev1.JoinGroup{GroupId: group}}}
		case 2:
			return &troupev1.Request{Op: &troupev1.Request_Attach{Attach: &troupev1.Attach{Inbox: &troupev1.InboxFrom{}}}}
		}
		return nil
	}
}

// Enter is the script that logs in, attaches all there is and joins a group.
func Enter(group string) Script {
	return func(c *Conn, step int, _ func() *troupev1.Answer) *troupev1.Request {
		switch step {
		case 0:
			return c.Login()
		case 1:
			return &troupev1.Request{Op: &troupev1.Request_Attach{Attach: &troupev1.Attach{Rest: troupev1.Rest_REST_LIVE}}}
		case 2:
			return &troupev1.Request{Op: &troupev1.Request_JoinGroup{JoinGroup: &troupev1.JoinGroup{GroupId: group}}}
		}
		return nil
	}
}
