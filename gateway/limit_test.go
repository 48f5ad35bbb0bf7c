package gateway

import (
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, p := range list {
		out[i] = netip.MustParsePrefix(p)
	}
	return out
}

func TestClientAddr(t *testing.T) {
	tests := []struct {
		name    string
		peer    string
		forward []string
		want    string
	}{
		{"direct", "198.51.100.7:4000", nil, "198.51.100.7"},
		{"forged by a client", "198.51.100.7:4000", []string{"192.0.2.1"}, "198.51.100.7"},
		{"one proxy", "10.0.0.1:4000", []string{"192.0.2.1"}, "192.0.2.1"},
		{"two proxies", "10.0.0.1:4000", []string{"192.0.2.1, 10.0.0.2"}, "192.0.2.1"},
		{"forged before a proxy", "10.0.0.1:4000", []string{"1.1.1.1, 192.0.2.1"}, "192.0.2.1"},
		{"several headers", "10.0.0.1:4000", []string{"1.1.1.1", "192.0.2.1", "10.0.0.2"}, "192.0.2.1"},
		{"with port", "10.0.0.1:4000", []string{"192.0.2.1:99"}, "192.0.2.1"},
		{"version 6", "[2001:db8::1]:4000", []string{"[2001:db9::5]:99"}, "2001:db9::5"},
		{"version 4 in 6", "[::ffff:10.0.0.1]:4000", []string{"192.0.2.1"}, "192.0.2.1"},
		{"rubbish", "10.0.0.1:4000", []string{"192.0.2.1, what"}, "10.0.0.1"},
		{"no header behind a proxy", "10.0.0.1:4000", nil, "10.0.0.1"},
		{"only proxies", "10.0.0.1:4000", []string{"10.0.0.3"}, "10.0.0.3"},
		{"no address", "@", nil, "invalid IP"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &http.Request{RemoteAddr: tt.peer, Header: http.Header{"X-Forwarded-For": tt.forward}}
			require.Equal(t, tt.want, clientAddr(r, prefixes("10.0.0.0/8", "2001:db8::/32")).String())
		})
	}
}

func TestAddresses(t *testing.T) {
	a := addresses{count: map[netip.Prefix]int{}}
	require.Equal(t, 1, a.enter(netip.MustParseAddr("2001:db8::1")))
	require.Equal(t, 2, a.enter(netip.MustParseAddr("2001:db8::2")), "one /64 is one client")
	require.Equal(t, 1, a.enter(netip.MustParseAddr("2001:db8:0:1::2")))
	require.Equal(t, 1, a.enter(netip.MustParseAddr("192.0.2.1")))
	require.Equal(t, 1, a.enter(netip.MustParseAddr("192.0.2.2")))
	require.Equal(t, 0, a.enter(netip.Addr{}))
	for _, s := range []string{"2001:db8::1", "2001:db8::2", "2001:db8:0:1::2", "192.0.2.1", "192.0.2.2"} {
		a.leave(netip.MustParseAddr(s))
	}
	a.leave(netip.Addr{})
	require.Empty(t, a.count)
}

func TestCredits(t *testing.T) {
	rule := newRateRule(50, 100, 10*time.Second)
	var c credits
	for i := range 100 {
		wait, _ := c.spend(0, &rule)
		require.Zero(t, max(wait, 0), "request %d", i)
	}
	wait, tooLong := c.spend(0, &rule)
	require.Equal(t, 20*time.Millisecond, wait)
	require.False(t, tooLong)

	wait, _ = c.spend(20*time.Millisecond, &rule)
	require.LessOrEqual(t, wait, time.Duration(0), "one came back")
	wait, _ = c.spend(20*time.Millisecond, &rule)
	require.Positive(t, wait)

	now := time.Minute
	for range 100 {
		wait, _ = c.spend(now, &rule)
		require.LessOrEqual(t, wait, time.Duration(0), "all came back")
	}
}

func TestCreditsTooFast(t *testing.T) {
	rule := newRateRule(50, 100, 10*time.Second)
	// run sends n requests every 100 ms and says when it was too fast.
	run := func(n int, pause func(now time.Duration) bool) time.Duration {
		var c credits
		for now := time.Duration(0); now < time.Minute; now += 100 * time.Millisecond {
			if pause(now) {
				continue
			}
			for range n {
				if _, tooLong := c.spend(now, &rule); tooLong {
					return now
				}
			}
		}
		return 0
	}
	never := func(time.Duration) bool { return false }
	require.Zero(t, run(5, never), "just the rate")
	got := run(6, never)
	require.InDelta(t, 20*time.Second, got, float64(time.Second), "credits last ten seconds, then ten more")
	got = run(50, never)
	require.InDelta(t, 10*time.Second, got, float64(time.Second))
	require.Zero(t, run(50, func(now time.Duration) bool { return now/time.Second%8 == 7 }), "pauses end a period")
}
