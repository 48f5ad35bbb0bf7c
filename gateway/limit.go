package gateway

import (
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// rateRule is the credit of connections; fixed after construction.
type rateRule struct {
	// every is the time in which one credit comes back.
	every time.Duration
	// burst is the time in which all of them do.
	burst time.Duration
	// tooLong: refused for longer than this is too fast.
	tooLong time.Duration
}

// calm: so long without a refusal ends a period of refusals.
const calm = time.Second

func newRateRule(perSecond, burst int, tooLong time.Duration) rateRule {
	every := time.Second / time.Duration(perSecond)
	return rateRule{every: every, burst: every * time.Duration(burst), tooLong: tooLong}
}

// credits are what one connection may still send. Moments are durations since
// a fixed start. Owned by the read loop.
type credits struct {
	// full is when all credits will be back.
	full time.Duration
	// over and refused are the first and the latest refusal of the present
	// period of refusals; refused is 0 if there was none.
	over, refused time.Duration
}

// spend takes one credit. If there is none it says when one comes back, and
// whether the connection has been too fast for too long.
func (c *credits) spend(now time.Duration, r *rateRule) (wait time.Duration, tooLong bool) {
	full := max(c.full, now) + r.every
	if wait = full - now - r.burst; wait <= 0 {
		c.full = full
		return 0, false
	}
	if c.refused == 0 || now-c.refused >= calm {
		c.over = now
	}
	c.refused = now
	return wait, now-c.over > r.tooLong
}

// addresses counts connections per client address.
type addresses struct {
	mu    sync.Mutex
	count map[netip.Prefix]int // guarded by mu
}

// addressKey is what is counted: of IPv6 the /64 network, since one client has
// all of it.
func addressKey(a netip.Addr) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}

// enter counts a connection and returns how many there are now. An address
// that is not known is not counted.
func (t *addresses) enter(a netip.Addr) int {
	if !a.IsValid() {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	k := addressKey(a)
	t.count[k]++
	return t.count[k]
}

func (t *addresses) leave(a netip.Addr) {
	if !a.IsValid() {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	k := addressKey(a)
	if t.count[k]--; t.count[k] <= 0 {
		delete(t.count, k)
	}
}

// clientAddr is the address of the client behind proxies that are trusted: the
// last one in X-Forwarded-For that is not a trusted proxy itself. The zero
// Addr means: not known.
func clientAddr(r *http.Request, trusted []netip.Prefix) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap().WithZone("")
	if !isTrusted(addr, trusted) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && isTrusted(addr, trusted); i-- {
		hop, ok := parseHop(strings.TrimSpace(hops[i]))
		if !ok {
			break
		}
		addr = hop
	}
	return addr
}

// parseHop takes an address with or without port.
func parseHop(s string) (netip.Addr, bool) {
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return a.Unmap().WithZone(""), true
	}
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	return netip.Addr{}, false
}

func isTrusted(a netip.Addr, trusted []netip.Prefix) bool {
	for _, p := range trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
