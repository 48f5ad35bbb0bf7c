package client

import (
	"errors"
	"math/rand/v2"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// SendMessage sends a message (spec 10.3). Without a random it gets one, so
// that even a new request for the same message makes no second one.
func (c *Client) SendMessage(ctx Context, p *troupev1.SendMessage) (*troupev1.SendMessageResult, error) {
	if p.Random == nil {
		n := rand.Uint32()
		p.Random = &n
	}
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_SendMessage{SendMessage: p}})
	return a.GetSendMessage(), err
}

// SendText sends one text to a group.
func (c *Client) SendText(ctx Context, groupID, text string) (*troupev1.SendMessageResult, error) {
	return c.SendMessage(ctx, &troupev1.SendMessage{
		Conversation: &troupev1.Conversation{Type: troupev1.ConversationType_CONVERSATION_TYPE_GROUP, Id: groupID},
		Elements:     []*troupev1.Element{{Element: &troupev1.Element_Text{Text: &troupev1.Text{Text: text}}}},
	})
}

// Ping asks the server for its time.
func (c *Client) Ping(ctx Context) (*troupev1.PingResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_Ping{Ping: &troupev1.Ping{}}})
	return a.GetPing(), err
}

// Renew logs in again on the live connection with a new token from
// Options.TokenSource, so that the connection outlives the old one (spec 18.1).
func (c *Client) Renew(ctx Context) error {
	if c.opts.guest != "" {
		return errors.New("renew: a guest has no token")
	}
	token, err := c.token(ctx)
	if err != nil {
		return err
	}
	_, err = c.op(ctx, &troupev1.Request{Op: &troupev1.Request_Login{Login: &troupev1.Login{
		AppId: c.opts.AppID, UserId: c.opts.User, Token: token, DeviceId: c.DeviceID(),
	}}})
	return err
}

// GuestJoin makes a guest watch another livestream instead (spec 6.3).
func (c *Client) GuestJoin(ctx Context, groupID string) (*troupev1.GuestJoinResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_GuestJoin{GuestJoin: &troupev1.GuestJoin{GroupId: groupID}}})
	return a.GetGuestJoin(), err
}

// GuestLeave makes a guest watch nothing; after a broken connection it watches
// its last livestream again.
func (c *Client) GuestLeave(ctx Context) error {
	_, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_GuestLeave{GuestLeave: &troupev1.GuestLeave{}}})
	return err
}
