package group_test

import (
	"flag"
	"fmt"
	"testing"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/group/internal/naive"
)

var worldDepth = flag.Int("world.depth", 3, "length of the sequences that TestSmallWorld tries")

// move is one command that somebody may give in the small world.
type move struct {
	by      group.UserID // empty = the server
	command group.Command
	later   group.Millis
}

const weekMillis = 7 * 24 * 3600 * 1000

func to[T any](v T) *T { return &v }

// moves are what ann (the owner), bob and cat and the app_admin try.
func moves() []move {
	hi := []group.Element{{Type: group.ElementText, Text: "hi"}}
	only := func(u group.UserID) []group.UserID { return []group.UserID{u} }
	return []move{
		{by: "bob", command: group.Join{}},
		{by: "cat", command: group.Join{Message: "let me in"}},
		{by: "ann", command: group.Leave{}},
		{by: "bob", command: group.Leave{}},
		{by: "cat", command: group.Leave{}},
		{by: "ann", command: group.Kick{Users: only("bob")}},
		{by: "bob", command: group.Kick{Users: []group.UserID{"ann", "cat"}}},
		{by: "root", command: group.Kick{Users: []group.UserID{"bob", "cat"}, Silence: true}},
		{by: "ann", command: group.Invite{Users: only("bob")}},
		{by: "bob", command: group.Invite{Users: []group.UserID{"cat", "ann"}}},
		{by: "root", command: group.Invite{Users: only("cat")}},
		{by: "ann", command: group.Handle{Accept: true, Applicant: "cat"}},
		{by: "ann", command: group.Handle{Applicant: "cat"}},
		{by: "bob", command: group.Handle{Accept: true, Applicant: "cat"}},
		{by: "ann", command: group.Handle{Accept: true, Applicant: "cat", Inviter: "bob"}},
		{by: "cat", command: group.Handle{Invitation: true, Accept: true, Applicant: "cat", Inviter: "bob"}},
		{by: "cat", command: group.Handle{Invitation: true, Applicant: "cat", Inviter: "bob"}},
		{by: "bob", command: group.Handle{Invitation: true, Accept: true, Applicant: "bob", Inviter: "ann"}},
		{by: "ann", command: group.SetRole{User: "bob", Role: group.Admin}},
		{by: "ann", command: group.SetRole{User: "bob", Role: group.Member}},
		{by: "root", command: group.SetRole{User: "cat", Role: 5}},
		{by: "ann", command: group.TransferOwner{NewOwner: "bob"}},
		{by: "bob", command: group.TransferOwner{NewOwner: "cat"}},
		{by: "root", command: group.TransferOwner{NewOwner: "ann"}},
		{by: "ann", command: group.MuteMembers{Users: only("bob"), DurationSeconds: 60}},
		{by: "ann", command: group.MuteMembers{Users: []group.UserID{"bob", "cat"}}},
		{by: "bob", command: group.MuteGroup{On: true, Mode: group.MuteOrdinary, DurationSeconds: 60}},
		{by: "ann", command: group.MuteGroup{On: true, Mode: group.MuteAll}},
		{by: "ann", command: group.MuteGroup{}},
		{by: "ann", command: group.UpdateModes{JoinOption: to(group.OwnerApproval)}},
		{by: "ann", command: group.UpdateModes{JoinOption: to(group.Free), InviteeConsent: to(group.ConsentNone)}},
		{by: "bob", command: group.UpdateModes{InviteMode: to(group.InviteNobody)}},
		{by: "ann", command: group.UpdateProfile{MaxMembers: to(uint32(2))}},
		{by: "bob", command: group.UpdateProfile{Name: to("x"), MuteAll: to(true)}},
		{by: "bob", command: group.Send{Elements: hi}},
		{by: "ann", command: group.Send{Elements: hi}},
		{by: "bob", command: group.SetNameCard{NameCard: "b"}},
		{by: "ann", command: group.Dismiss{}},
		{command: group.Tick{}, later: 500},
		{command: group.Tick{}, later: weekMillis},
		{command: group.Leave{User: "bob", Reason: group.LeaveDisconnected}},
	}
}

// TestSmallWorld tries every sequence of moves up to a depth, states that are
// alike taken once, and compares each with the naive model.
func TestSmallWorld(t *testing.T) {
	depth := *worldDepth
	if testing.Short() {
		depth = min(depth, 2)
	}
	worlds := map[string]group.Create{
		"work":       {Kind: group.Work, Name: "w"},
		"public":     {Kind: group.Public, Name: "p"},
		"meeting":    {Kind: group.Meeting, Name: "m"},
		"livestream": {Kind: group.Livestream, Name: "l"},
		"custom": {
			Kind: group.Custom, JoinOption: group.AdminApproval, InviteeConsent: group.ConsentRequired,
			InitialMembers: []group.InitialMember{{User: "bob"}},
		},
	}
	for name, create := range worlds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			create.Group, create.Stream = "g", 1
			explore(t, create, depth)
		})
	}
}

// explore goes through the world breadth first; a state is the path to it.
func explore(t *testing.T, create group.Create, depth int) {
	t.Helper()
	all := moves()
	seen := map[string]bool{}
	paths := [][]int{nil}
	states, tried := 1, 0
	for range depth {
		var next [][]int
		for _, path := range paths {
			for i := range all {
				r := walk(t, create, all, append(path[:len(path):len(path)], i))
				tried++
				if key := r.key(); !seen[key] {
					seen[key] = true
					next = append(next, append(path[:len(path):len(path)], i))
				}
			}
		}
		paths = next
		states += len(next)
	}
	t.Logf("%d states, %d steps tried", states, tried)
}

// key tells states apart, presence included.
func (r *rig) key() string {
	in := &group.Input{Caller: group.Caller{User: "root", AppAdmin: true}, Now: r.now}
	in.Command = group.ListMembers{}
	return fmt.Sprintf("%x %v %d %v", r.core.Digest(), r.core.Seq(), r.core.Due()-r.now, r.core.Step(in).Result.Members)
}

// walk makes the group anew and makes the moves; only the last is compared,
// the others were when they were last.
func walk(t *testing.T, create group.Create, all []move, path []int) *rig {
	t.Helper()
	r := newRig(t, group.DefaultTable(), group.DefaultLimits(), naive.New(naive.Defaults(), naive.SpecNumbers))
	now := group.Millis(1_700_000_000_000)
	r.step(moveInput(r, move{by: "ann", command: create}, now, 0))
	for i, n := range path {
		now += all[n].later
		r.step(moveInput(r, all[n], now, i+1))
	}
	return r
}

func moveInput(r *rig, m move, now group.Millis, n int) *group.Input {
	in := &group.Input{
		Caller: group.Caller{User: m.by, AppAdmin: m.by == "root", System: m.by == "", Name: "N" + string(m.by), Avatar: "A"},
		Now:    now, NextID: group.ApplicationID(1000 + 300*n), Command: m.command, Facts: map[group.UserID]group.UserFact{},
	}
	in.Entropy[0] = byte(n)
	for _, u := range []group.UserID{"ann", "bob", "cat", "root"} {
		in.Facts[u] = group.UserFact{Exists: true, Name: "N" + string(u), Avatar: "A", Former: r.model.WasMember(u)}
	}
	return in
}
