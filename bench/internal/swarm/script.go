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
