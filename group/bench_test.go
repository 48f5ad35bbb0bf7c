package group_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

var benchSizes = []int{100, 10_000, 100_000}

// crowd makes a group of a kind with n members by events alone.
func crowd(tb testing.TB, kind group.Kind, n int) *group.Machine {
	tb.Helper()
	m := group.NewMachine(group.DefaultTable(), group.DefaultLimits())
	p := group.DefaultTable().Of(kind)
	m.Apply(&group.Event{Position: 1, Time: start, Body: &group.Created{
		Group: "g", Stream: 1, Kind: kind, Creator: "owner", Owner: group.Card{User: "owner"}, OwnerJoins: true,
		Settings: group.Settings{Name: "crowd", Modes: group.Modes{JoinOption: p.JoinOption, InviteMode: p.InviteMode, InviteeConsent: p.InviteeConsent, InviteApproval: p.InviteApproval}},
	}})
	for i, u := range users("member-", n-1) {
		m.Apply(&group.Event{Position: group.Position(i + 2), Seq: group.Seq(i + 1), Time: start, Body: &group.Joined{
			Users: []group.Entrant{{Card: group.Card{User: u, Name: string(u), Role: group.Member}}}, Method: group.JoinSelf, Count: 1,
		}})
	}
	require.Equal(tb, n, m.MemberCount())
	return m
}

func benchSize(b *testing.B, run func(*testing.B, *group.Machine, int)) {
	for _, n := range benchSizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m := crowd(b, group.Community, n)
			b.ReportAllocs()
			run(b, m, n)
		})
	}
}

func accepted(b *testing.B, d group.Decision) {
	if d.Reject != nil {
		b.Fatal(d.Reject)
	}
}

// BenchmarkSend decides and applies messages of changing members: a busy group
// has one every 100 ms, a flooded one every ms, all within the time in which
// repeats are recognised.
func BenchmarkSend(b *testing.B) {
	for name, pace := range map[string]group.Millis{"busy": 100, "flooded": 1} {
		b.Run(name, func(b *testing.B) { benchSend(b, pace) })
	}
}

func benchSend(b *testing.B, pace group.Millis) {
	benchSize(b, func(b *testing.B, m *group.Machine, n int) {
		senders := users("member-", n-1)
		in := &group.Input{Now: start}
		elements := text("a message of an ordinary length, as people write them")
		i := 0
		for b.Loop() {
			i++
			u := senders[i*7919%len(senders)]
			in.Caller = group.Caller{User: u}
			in.Now += pace
			in.Command = group.Send{Elements: elements, Random: uint32(i), RandomGiven: true}
			accepted(b, m.Step(in))
		}
	})
}

// BenchmarkJoin has users enter; who entered leaves again outside the time.
func BenchmarkJoin(b *testing.B) {
	benchSize(b, func(b *testing.B, m *group.Machine, _ int) {
		newcomers := users("new-", 1<<16)
		in := &group.Input{Now: start}
		i := 0
		for b.Loop() {
			u := newcomers[i%len(newcomers)]
			i++
			in.Caller, in.Now, in.Command = group.Caller{User: u}, in.Now+1, group.Join{}
			accepted(b, m.Step(in))
			if i%len(newcomers) == 0 {
				b.StopTimer()
				for _, u := range newcomers {
					in.Caller, in.Command = group.Caller{User: u}, group.Leave{}
					accepted(b, m.Step(in))
				}
				b.StartTimer()
			}
		}
	})
}

// BenchmarkLeave has members leave all over the list.
func BenchmarkLeave(b *testing.B) {
	benchSize(b, func(b *testing.B, m *group.Machine, n int) {
		in := &group.Input{Now: start}
		list := users("member-", n-1)
		i := 0
		for b.Loop() {
			u := list[i*7919%len(list)]
			i++
			in.Now++
			in.Caller, in.Command = group.Caller{User: u}, group.Leave{}
			accepted(b, m.Step(in))
			in.Command = group.Join{}
			accepted(b, m.Step(in))
		}
	})
}

// BenchmarkSnapshot takes snapshots after a hundred changes all over the list.
func BenchmarkSnapshot(b *testing.B) {
	benchSize(b, func(b *testing.B, m *group.Machine, n int) {
		list := users("member-", n-1)
		in := &group.Input{Now: start}
		i := 0
		for b.Loop() {
			b.StopTimer()
			for range 100 {
				i++
				in.Now++
				in.Caller = group.Caller{User: list[i*7919%len(list)]}
				in.Command = group.Send{Elements: text("hello")}
				accepted(b, m.Step(in))
			}
			b.StartTimer()
			_ = m.Snapshot()
		}
	})
}

// BenchmarkRestore makes a machine of a decoded snapshot.
func BenchmarkRestore(b *testing.B) {
	benchSize(b, func(b *testing.B, m *group.Machine, _ int) {
		s := m.Snapshot()
		for b.Loop() {
			_, err := group.Restore(group.DefaultTable(), group.DefaultLimits(), s)
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkLiveJoinLeave has users come to a livestream and go.
func BenchmarkLiveJoinLeave(b *testing.B) {
	for _, n := range benchSizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			m := crowd(b, group.Livestream, n)
			in := &group.Input{Now: start}
			for b.Loop() {
				in.Now++
				in.Caller, in.Command = group.Caller{User: "fan"}, group.Join{}
				accepted(b, m.Step(in))
				in.Command = group.Leave{}
				accepted(b, m.Step(in))
				if m.Due() <= in.Now {
					in.Caller, in.Command = group.Caller{System: true}, group.Tick{}
					accepted(b, m.Step(in))
				}
			}
		})
	}
}
