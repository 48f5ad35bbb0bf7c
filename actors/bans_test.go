package actors

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// TestBansAgainstAList compares look-ups with a list that is gone through.
func TestBansAgainstAList(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	address := func() netip.Addr {
		if random.IntN(2) == 0 {
			return netip.AddrFrom4([4]byte{192, 0, byte(random.IntN(3)), byte(random.IntN(8))})
		}
		return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 14: byte(random.IntN(3)), 15: byte(random.IntN(8))})
	}
	var l bans
	list := map[netip.Prefix]*ban{}
	id := uint64(0)
	for range 3000 {
		now := group.Millis(random.IntN(100))
		a := address()
		switch random.IntN(3) {
		case 0:
			id++
			p, err := a.Prefix(a.BitLen() - random.IntN(20))
			require.NoError(t, err)
			b := &ban{Ban: persistence.Ban{Network: p.String(), ID: id, Until: group.Millis(random.IntN(100) - 1)}, network: p}
			if b.Until == 0 {
				b.Until = group.NoEnd
			}
			l.put(b)
			list[p] = b
		case 1:
			for p := range list {
				l.remove(&ban{network: p})
				delete(list, p)
				break
			}
		}
		var last *ban
		for p, b := range list {
			if p.Contains(a) && !b.over(now) && (last == nil || b.Until == group.NoEnd || last.Until != group.NoEnd && b.Until > last.Until) {
				last = b
			}
		}
		got := l.ofAddress(a, now)
		if last == nil {
			require.Nil(t, got)
			continue
		}
		require.NotNil(t, got)
		require.Equal(t, last.Until, got.Until)
		require.True(t, got.network.Contains(a))
	}
	require.Len(t, l.order, len(list))
	listed, next := l.page(0, len(list)+1, -100)
	require.Zero(t, next)
	require.Len(t, listed, len(list))
}

func BenchmarkBannedAddress(b *testing.B) {
	for name, n := range map[string]int{"none": 0, "100000": 100_000} {
		b.Run(name, func(b *testing.B) {
			s := &System{}
			for i := range n {
				p := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32-i%24).Masked()
				s.authority.bans.put(&ban{Ban: persistence.Ban{ID: uint64(i + 1), Until: group.NoEnd}, network: p})
			}
			s.authority.addressed.Store(n > 0)
			a := netip.MustParseAddr("192.0.2.7")
			b.ReportAllocs()
			for b.Loop() {
				s.authority.address(a, 0)
			}
		})
	}
}
