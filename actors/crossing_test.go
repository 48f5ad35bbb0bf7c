package actors

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Logins, guests, bans and revocations at once: when all is quiet nobody is in
// who is kept out, and nobody was sent away without cause.
func TestNobodySlipsPastABan(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := newRig(t)
	root := r.login("root", "")
	root.ok(create(troupev1.Kind_KIND_LIVESTREAM, "live"))
	var all []*end
	var comers sync.WaitGroup
	for i := range 4 {
		random := rand.New(rand.NewPCG(seed, uint64(i+1)))
		var mine []*end
		for range 40 {
			mine = append(mine, r.at(netip.AddrFrom4([4]byte{192, 0, 2, byte(random.IntN(4))}).String()))
		}
		all = append(all, mine...)
		comers.Go(func() {
			for k, e := range mine {
				if random.IntN(4) == 0 {
					e.post(&troupev1.GuestJoin{GroupId: "live"})
					continue
				}
				e.post(&troupev1.Login{
					UserId: fmt.Sprint("u", random.IntN(3)), DeviceId: fmt.Sprint("d", i, k), Token: fmt.Sprint("iat:", random.IntN(3)-2),
				})
			}
		})
	}
	random := rand.New(rand.NewPCG(seed, 0))
	for range 40 {
		user, address := fmt.Sprint("u", random.IntN(3)), fmt.Sprint("192.0.2.", random.IntN(4))
		switch random.IntN(8) {
		case 0:
			root.post(banUser(user, -1))
		case 1, 2:
			root.post(&troupev1.LiftBan{UserId: user})
		case 3:
			root.post(banAddress(address))
		case 4, 5:
			root.post(&troupev1.LiftBan{Address: address})
		case 6:
			root.post(&troupev1.RevokeTokens{UserId: user, NotBefore: proto.Int64(start.UnixMilli() - 1000)})
		}
		if random.IntN(3) == 0 {
			r.settle()
		}
	}
	comers.Wait()
	r.settle()
	in := 0
	for _, e := range all {
		s := e.session.(*session)
		switch s.phase {
		case phaseSignedIn:
			require.Nil(t, s.keptOut(), "%s is in", s.user)
			require.Zero(t, e.closed())
			in++
		case phaseGuest:
			require.False(t, r.sys.Banned(e.remote), "a guest of %s is in", e.remote)
			require.Zero(t, e.closed())
			in++
		case phaseOver:
			require.NotZero(t, e.closed())
		default:
			require.Equal(t, phaseNew, s.phase)
		}
	}
	t.Logf("%d of %d are in", in, len(all))
}
