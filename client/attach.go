package client

import (
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Attach begins, or begins again, to listen to streams (spec 18.3). The client
// remembers what was attached and attaches it again after a broken connection.
// Missing frames follow as events; a gap is an event too.
func (c *Client) Attach(ctx Context, p *troupev1.Attach) (*troupev1.AttachResult, error) {
	a, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_Attach{Attach: p}})
	return a.GetAttach(), err
}

// attached takes the answer to an attach into the streams. It runs on the
// reader, so that no frame comes between the answer and its effect.
func (c *Client) attached(asked *troupev1.Attach, told *troupev1.AttachResult) {
	if asked.GetInbox() != nil && told.GetInbox() != nil {
		c.attachedOne(inbox, asked.Inbox.LastSeq, told.Inbox)
	}
	from := make(map[string]*uint64, len(asked.GetGroups()))
	for _, g := range asked.GetGroups() {
		from[g.GetGroupId()] = g.LastSeq
	}
	for _, state := range told.GetGroups() {
		if state.GetGroupId() != inbox {
			c.attachedOne(state.GroupId, from[state.GroupId], state)
		}
	}
}

func (c *Client) attachedOne(name string, asked *uint64, state *troupev1.StreamState) {
	s := c.streams.get(name)
	if state.GetCode() != 0 {
		c.streams.remove(name)
		if s == nil || s.epoch != "" {
			c.queue.push(Event{Group: name, Lost: state})
		}
		return
	}
	fresh := s == nil
	if fresh {
		s = c.streams.add(name)
	}
	s.epoch, s.asked, s.own = state.GetEpoch(), false, nil
	newest := max(state.GetNextSeq(), 1) - 1
	switch gap := state.GetGap(); {
	case gap != nil:
		s.last, s.complete = gap.GetTo(), true
		if gap.GetReset_() {
			s.last = newest
		}
		c.queue.push(Event{Group: name, Gap: gap})
	case asked != nil:
		s.last, s.complete = *asked, true
	case fresh:
		s.last = newest
	case newest > s.last:
		// Frames were on their way while the stream was asked for by name.
		c.streams.verify(name)
	}
}
