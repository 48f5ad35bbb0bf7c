//go:build linux

package swarm

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"time"
)

// Return is a number of connections that come back when they end.
type Return struct{ b *batch }

// Back is how long a connection needed to come back: Away since it ended, After
// since it was due to try, which includes all further tries.
type Back struct{ Away, After time.Duration }

// Reopen has connections come back by themselves, once each, with a script, when
// they end. They wait as clients do (spec 18.7): as long as close 1001 says, else
// a random part of a second, and longer before each further try. took is given
// how long each needed, on its loop; may be nil.
func (s *Swarm) Reopen(conns []*Conn, script Script, atOnce int, took func(*Conn, Back)) *Return {
	r := &Return{&batch{left: len(conns), done: make(chan struct{})}}
	if took != nil {
		r.b.took = func(c *Conn) {
			now := Now()
			took(c, Back{time.Duration(now - c.ended), time.Duration(now - c.began)})
		}
	}
	for _, c := range conns {
		c.l.do(func() { c.back, c.backScript = r.b, script })
	}
	s.each(func(l *loop) { l.opener.atOnce, l.opener.every = max(1, atOnce/len(s.loops)), 0 })
	return r
}

// Wait waits until all are back.
func (r *Return) Wait(ctx context.Context) error { return r.b.wait(ctx) }

// comeBack has a connection that ended wait and be opened again.
func (o *opener) comeBack(c *Conn, err error) {
	wait, told := toldToWait(err)
	if told {
		o.l.Waited++
	} else {
		wait = backOff(0)
	}
	c.batch, c.Script, c.back, c.backScript = c.back, c.backScript, nil, nil
	c.dials, c.returning = 0, true
	c.ended = Now()
	c.began = c.ended + int64(wait)
	o.retries = append(o.retries, retry{c.began, c})
}

// closeGoingAway is the code of a server that stops.
const closeGoingAway = 1001

// toldToWait is how long close 1001 says to wait.
func toldToWait(err error) (time.Duration, bool) {
	var closed *errClosed
	if !errors.As(err, &closed) || closed.code != closeGoingAway {
		return 0, false
	}
	ms, bad := strconv.ParseUint(closed.reason, 10, 31)
	return time.Duration(ms) * time.Millisecond, bad == nil
}

// steps are the waits before the second and later tries (spec 18.7).
var steps = [...]time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 30 * time.Second}

// backOff is the wait before try number n, from 0.
func backOff(n int) time.Duration {
	if n == 0 {
		return rand.N(time.Second)
	}
	step := steps[min(n, len(steps))-1]
	return step/2 + rand.N(step)
}

// waitOf is the wait before the next try of a connection that failed.
func (c *Conn) waitOf(err error) time.Duration {
	if !c.returning { // the scenario wants it open soon
		wait := time.Duration(c.dials) * 100 * time.Millisecond
		return wait/2 + rand.N(wait)
	}
	wait, told := toldToWait(err)
	if !told {
		wait = backOff(c.dials)
	}
	var refused *errUpgrade
	if errors.As(err, &refused) {
		wait = max(wait, refused.retryAfter)
	}
	return wait
}

// retryAfter is the wait that a refused handshake names; 0 = none.
func retryAfter(head []byte) time.Duration {
	for line := range bytes.SplitSeq(head, []byte("\r\n")) {
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || !bytes.EqualFold(name, []byte("Retry-After")) {
			continue
		}
		seconds, err := strconv.ParseUint(string(bytes.TrimSpace(value)), 10, 16)
		if err != nil {
			return 0
		}
		return time.Duration(seconds) * time.Second
	}
	return 0
}
