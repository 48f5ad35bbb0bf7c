package client

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/troupe-im/troupe/protocol"
)

// maxWait bounds what a server may ask a client to wait: the longest windows
// that a server has for closing its connections and for their return.
const maxWait = 2 * time.Hour

// steps are the waits before the second and later attempts (spec 18.7).
var steps = [...]time.Duration{
	2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 30 * time.Second,
}

// backoff is the wait before attempt number n, from 0: a random part of the
// first second, then the steps, each ± 50 %. random is in [0, 1).
func backoff(n int, random float64) time.Duration {
	if n == 0 {
		return time.Duration(random * float64(time.Second))
	}
	step := steps[min(n, len(steps))-1]
	return time.Duration((0.5 + random) * float64(step))
}

// comeback says whether to reconnect after an error, and how long to wait
// before attempt n.
func comeback(err error, n int) (wait time.Duration, again bool) {
	wait = backoff(n, rand.Float64())
	var closed *CloseError
	var refused *HandshakeError
	switch {
	case errors.As(err, &closed):
		switch protocol.CloseRowOf(closed.Code).Reconnect {
		case protocol.ReconnectNever:
			return 0, false
		case protocol.ReconnectAfterReason:
			if ms, bad := strconv.ParseUint(closed.Reason, 10, 32); bad == nil {
				return min(time.Duration(ms)*time.Millisecond, maxWait), true
			}
		}
	case errors.As(err, &refused):
		return max(wait, min(refused.RetryAfter, maxWait)), true
	}
	return wait, true
}

// temporary reports whether logging in again may succeed later.
func temporary(err error, renewable bool) bool {
	var refusal *protocol.Error
	if !errors.As(err, &refusal) {
		return true
	}
	if refusal.Code == protocol.CodeTokenExpired {
		return renewable
	}
	row, ok := protocol.RowOf(refusal.Code)
	return ok && row.Retry != protocol.RetryNo
}
