package client

import (
	"time"

	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// State is the present state of the connection.
func (c *Client) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// User is the user who is logged in; empty for a guest.
func (c *Client) User() string { return c.opts.User }

// DeviceID is the device of this client, as the server knows it.
func (c *Client) DeviceID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.device
}

// SessionID names the present connection, or the last one.
func (c *Client) SessionID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session
}

// ServerTime is the server's clock now, as the last login or ping told it.
func (c *Client) ServerTime() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.opts.clock.Now().Add(c.skew)
}

// Limits are those in force for the connection (spec 18.6); a copy.
func (c *Client) Limits() *troupev1.Limits {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.limits == nil {
		return &troupev1.Limits{}
	}
	return proto.CloneOf(c.limits)
}

// Room is what guest_join answered last; nil for users.
func (c *Client) Room() *troupev1.GuestJoinResult {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.room
}

// Position is the newest number of a group's stream that the client has, and
// the stream's epoch; group "" = the inbox. Zero and "" if it is not attached.
func (c *Client) Position(group string) (seq uint64, epoch string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.streams.get(group); s != nil {
		return s.last, s.epoch
	}
	return 0, ""
}
