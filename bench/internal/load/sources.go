package load

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"sync/atomic"

	"github.com/troupe-im/troupe/client"
)

// Sources spreads connections over several local addresses: one address has
// some 28,000 ports towards one server. Only a server on a loopback address is
// reached from more than one.
type Sources struct {
	addrs []net.IP
	next  atomic.Uint64
}

// NewSources makes n addresses, 127.0.0.2 and up, if the server's URL names a
// loopback address, else none.
func NewSources(server string, n int) *Sources {
	s := &Sources{}
	u, err := url.Parse(server)
	if err != nil {
		return s
	}
	if ip := net.ParseIP(u.Hostname()); ip == nil || ip.To4() == nil || !ip.IsLoopback() {
		return s
	}
	for i := range n {
		s.addrs = append(s.addrs, net.IPv4(127, 0, byte((i+2)>>8), byte(i+2)))
	}
	return s
}

// Dial is for client.ConnOptions.
func (s *Sources) Dial() client.DialFunc {
	if len(s.addrs) == 0 {
		return nil
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: s.addrs[s.next.Add(1)%uint64(len(s.addrs))]}}
		return d.DialContext(ctx, network, address)
	}
}

// String says which addresses are used.
func (s *Sources) String() string {
	if len(s.addrs) == 0 {
		return "one source address"
	}
	return fmt.Sprintf("%d source addresses from %s", len(s.addrs), s.addrs[0])
}
