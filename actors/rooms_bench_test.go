package actors

import (
	"fmt"
	"testing"

	"github.com/jonboulle/clockwork"

	"github.com/troupe-im/troupe/group"
)

// crowd is a registry of users who are online, some of them in a livestream.
func crowd(users, members int) (r *registry, enter func()) {
	sys := &System{clock: clockwork.NewFakeClockAt(start), auth: anyone{}, table: group.DefaultTable()}
	r = newRegistry(sys)
	for i := range users {
		r.users[group.UserID(fmt.Sprint("user", i))] = &present{devices: []*session{{}}}
	}
	return r, func() {
		for i := range members {
			u := group.UserID(fmt.Sprint("user", i*(users/members)))
			r.entered(&entered{user: u, group: "live", stream: 1})
		}
	}
}

// BenchmarkRoomClosed is the end of a livestream, as a registry sees it.
func BenchmarkRoomClosed(b *testing.B) {
	for _, n := range [][2]int{{50_000, 10}, {50_000, 1000}, {50_000, 50_000}} {
		b.Run(fmt.Sprintf("%d_of_%d", n[1], n[0]), func(b *testing.B) {
			r, enter := crowd(n[0], n[1])
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				enter()
				b.StartTimer()
				r.closed(&roomClosed{stream: 1})
			}
		})
	}
}

// BenchmarkRoomEntered is one user who comes and goes.
func BenchmarkRoomEntered(b *testing.B) {
	r, enter := crowd(50_000, 1000)
	enter()
	in, out := &entered{user: "user1", group: "live", stream: 1}, &left{user: "user1", stream: 1}
	b.ReportAllocs()
	for b.Loop() {
		r.entered(in)
		r.left(out)
	}
}
