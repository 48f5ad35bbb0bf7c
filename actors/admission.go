package actors

import (
	"time"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
)

// rates holds the message credit of the senders of one group (spec 18.6).
// Owned by the group actor.
type rates struct {
	senders map[group.UserID]credit
	swept   group.Millis
}

// credit is a token bucket: tokens in thousandths at a moment.
type credit struct {
	milli int64
	at    group.Millis
}

// spend takes one message of a sender's credit; retry is how long to wait if
// there is none.
func (r *rates) spend(u group.UserID, now group.Millis, perSecond, burst int) (retry time.Duration, ok bool) {
	if perSecond <= 0 {
		return 0, true
	}
	if r.senders == nil {
		r.senders = map[group.UserID]credit{}
	}
	full := int64(burst) * 1000
	c, seen := r.senders[u]
	if !seen {
		c = credit{milli: full, at: now}
	}
	c.milli = min(full, c.milli+int64(now-c.at)*int64(perSecond))
	c.at = now
	if c.milli < 1000 {
		r.senders[u] = c
		missing := 1000 - c.milli
		return time.Duration((missing+int64(perSecond)-1)/int64(perSecond)) * time.Millisecond, false
	}
	c.milli -= 1000
	r.senders[u] = c
	r.sweep(now, full, perSecond)
	return 0, true
}

// sweep forgets senders whose credit is full again, now and then.
func (r *rates) sweep(now group.Millis, full int64, perSecond int) {
	fill := group.Millis(full/int64(perSecond)) + 1
	if now-r.swept < 10*fill {
		return
	}
	r.swept = now
	for u, c := range r.senders {
		if now-c.at >= fill {
			delete(r.senders, u)
		}
	}
}

// admit judges what does not need the machine: the message rate.
func (g *groupActor) admit(c *call) *protocol.Error {
	if _, send := c.input.Command.(group.Send); !send || c.session == nil {
		return nil
	}
	cfg := &g.sys.cfg
	if retry, ok := g.rates.spend(c.input.Caller.User, g.now, cfg.MessagesPerSecond, cfg.MessagesBurst); !ok {
		return errRateLimited(retry)
	}
	return nil
}
