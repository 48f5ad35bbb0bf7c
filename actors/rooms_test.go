package actors

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

// Whatever comes and goes, the users found by a room are those who are in it.
func TestInsidersFollowTheUsers(t *testing.T) {
	for _, exclusive := range []string{"yes", "no"} {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 0))
		b := newBed(t)
		b.sys.auth, b.sys.table = anyone{}, group.DefaultTable()
		require.NoError(t, b.sys.table.Override(group.Livestream, "exclusive", exclusive))
		ids := []group.ID{"one", "two", "three"}
		for _, id := range ids {
			e := b.sys.directory.take(id, true)
			e.ready(b.sys, b.mailbox().pid)
		}
		users := []group.UserID{"ann", "bob", "cid", "dan"}
		r := newRegistry(b.sys)
		devices := map[group.UserID][]*session{}
		most := 0
		for range 2000 {
			u, at := users[random.IntN(len(users))], random.IntN(len(ids))
			stream := group.StreamID(at + 1)
			switch random.IntN(12) {
			case 0, 1:
				s := &session{sys: b.sys, conn: newConn(1), pid: b.toSession.pid, user: u, device: string(rune('a' + random.IntN(3)))}
				devices[u] = append(devices[u], s)
				r.signIn(s)
			case 2, 3:
				if mine := devices[u]; len(mine) > 0 {
					r.signOff(&signOff{session: mine[0], logout: random.IntN(2) == 0})
					devices[u] = mine[1:]
				}
			case 4:
				r.left(&left{user: u, stream: stream})
			case 5:
				if random.IntN(4) == 0 {
					r.closed(&roomClosed{stream: stream})
				}
			case 6:
				if random.IntN(8) == 0 {
					r.accountDeleted(u)
				}
			case 7:
				if random.IntN(4) == 0 {
					r.sweep(b.sys.now() + int64(random.IntN(2))*b.sys.cfg.OfflineAfter.Milliseconds())
				}
			default:
				r.entered(&entered{user: u, group: ids[at], stream: stream})
			}
			want, total := insiders{}, 0
			for user, p := range r.users {
				for _, room := range p.rooms {
					want.add(room.stream, user, p)
					total++
				}
			}
			require.Equal(t, want, r.inside)
			most = max(most, total)
		}
		require.GreaterOrEqual(t, most, 3, "hardly anybody was anywhere")
	}
}
