package naive

import (
	"slices"
	"strings"

	"github.com/troupe-im/troupe/group"
)

// Pick chooses one of n; 0 is the plainest choice. All randomness of a script
// comes through it, so that a property test can shrink and a fuzzer can steer.
type Pick func(n int) int

// Root is the app_admin of scripts, Ghost a user that does not exist, Busy one
// who is in as many groups as allowed Sore one who has
// blacklisted everybody and Gone one whose account was deleted.
const (
	Root  group.UserID = "root"
	Ghost group.UserID = "ghost"
	Busy  group.UserID = "busy"
	Sore  group.UserID = "sore"
	Gone  group.UserID = "gone"
)

// Script makes up commands about one group.
type Script struct {
	Kind group.Kind
	// Users are those who call and are named; Root is besides.
	Users []group.UserID
	// Model is asked where interesting moments and records are.
	Model *Model
	pick  Pick
	// topic is what the script speaks of most.
	topic int
	// crowd is how many are to join first.
	crowd int

	now   group.Millis
	id    group.ApplicationID
	count byte
	asked []*group.Input
}

// NewScript starts a script with a group of the kind and n users.
func NewScript(kind group.Kind, n int, m *Model, pick Pick) *Script {
	users := []group.UserID{"ann", "bob", "cat", "dan", "eve", "fay"}[:n]
	return &Script{Kind: kind, Users: users, Model: m, pick: pick, topic: pick(7), crowd: pick(n), now: 1_700_000_000_000}
}

// Next makes up the next command. The first makes the group.
func (s *Script) Next() *group.Input {
	if s.id == 0 {
		return s.First()
	}
	s.wait()
	if len(s.asked) > 0 && s.pick(16) == 15 {
		again := *s.asked[s.pick(len(s.asked))]
		again.Now, again.NextID = s.now, s.id
		s.stamp(&again)
		return &again
	}
	in := s.command()
	s.stamp(in)
	if s.pick(5) == 4 && in.Caller.User != "" {
		in.Request = uint64(len(s.asked) + 1)
		s.asked = append(s.asked, in)
	}
	return in
}

// First makes the group.
func (s *Script) First() *group.Input {
	in := &group.Input{Caller: s.as(s.Users[0]), Command: s.create()}
	if s.pick(10) == 9 {
		in.Caller = s.as(Root)
	}
	s.stamp(in)
	return in
}

// wait lets time pass: often none, sometimes to or just before a moment at
// which a period of the group ends.
func (s *Script) wait() {
	var d group.Millis
	switch s.pick(24) {
	case 20, 21:
		steps := []group.Millis{1, 499, 500, 999, 1000, minute - 1, minute, 10*minute - 1, 10 * minute, day, pendingLife}
		d = steps[s.pick(len(steps))]
	case 22, 23:
		if ends := s.Model.moments(s.now); len(ends) > 0 {
			d = ends[s.pick(len(ends))] - s.now
			if s.pick(3) == 2 {
				d--
			}
		}
	}
	s.now += d
}

// moments lists when periods end that run now, soonest first.
func (m *Model) moments(now group.Millis) []group.Millis {
	var list []group.Millis
	for _, f := range m.facts {
		switch f.what {
		case muted:
			list = append(list, f.until)
		case settings:
			list = append(list, f.settings.Mute.ExpiresAt)
		case filed:
			list = append(list, f.record.ExpiresAt, f.record.ToldAt+minute, f.record.UpdatedAt+finalLife, f.record.ExpiresAt+finalLife)
		case said:
			list = append(list, f.at+m.memory(), f.at+group.Millis(m.policy.RecycleDays)*day)
		case noted:
			list = append(list, f.at+m.memory())
		case arrived, departed:
			list = append(list, f.at+batchWait)
		case entered, went, made:
			list = append(list, f.at+group.Millis(m.policy.RecycleDays)*day)
		}
	}
	list = slices.DeleteFunc(list, func(t group.Millis) bool { return t <= now })
	slices.Sort(list)
	return slices.Compact(list)
}

func (s *Script) as(u group.UserID) group.Caller {
	return group.Caller{User: u, AppAdmin: u == Root, Name: "N" + string(u), Avatar: "A" + string(u)}
}

// stamp fills in what the shell adds to a command.
func (s *Script) stamp(in *group.Input) {
	s.count++
	if s.id == 0 {
		s.id = 1000
	}
	in.Now, in.NextID = s.now, s.id
	s.id += 300
	for i := range in.Entropy {
		in.Entropy[i] = s.count + byte(i)
	}
	in.Facts = map[group.UserID]group.UserFact{}
	for _, u := range append(slices.Clone(s.Users), Root, Busy, Sore) {
		fact := group.UserFact{Exists: true, Name: "N" + string(u), Avatar: "A" + string(u), BlocksCaller: u == Sore, Former: s.Model.WasMember(u)}
		if u == Busy {
			fact.Groups = s.Model.numbers.Groups
		}
		in.Facts[u] = fact
	}
	in.Facts[Gone] = group.UserFact{Deleted: true}
}

// user names somebody: mostly a member.
func (s *Script) user() group.UserID {
	if s.pick(3) > 0 {
		return s.member()
	}
	n := s.pick(len(s.Users) + 5)
	if n < len(s.Users) {
		return s.Users[n]
	}
	return []group.UserID{Root, Ghost, Busy, Sore, Gone}[n-len(s.Users)]
}

// member names a member, if there is one.
func (s *Script) member() group.UserID {
	members := s.Model.members()
	if len(members) == 0 {
		return s.Users[0]
	}
	return members[s.pick(len(members))]
}

// caller names somebody who can call: mostly a member, often one who leads.
func (s *Script) caller() group.UserID {
	leaders := union(s.Model.withRole(group.Owner), s.Model.withRole(group.Admin))
	switch n := s.pick(8); {
	case n < 2:
		return s.Users[s.pick(len(s.Users))]
	case n < 4 && len(leaders) > 0:
		return leaders[s.pick(len(leaders))]
	case n < 6:
		return s.member()
	case n == 6:
		return Root
	}
	return []group.UserID{Busy, s.Users[0], Root}[s.pick(3)]
}

func (s *Script) several() []group.UserID {
	var list []group.UserID
	for range 1 + s.pick(3) {
		list = append(list, s.user())
	}
	return list
}

func (s *Script) yes() bool { return s.pick(2) == 1 }

func (s *Script) text() string {
	return []string{"x", "y", "", "zz"}[s.pick(4)]
}

func (s *Script) name() string {
	return []string{"x", "y", "", "  ", strings.Repeat("n", 30), strings.Repeat("n", 31), strings.Repeat("n", 51)}[s.pick(7)]
}

func (s *Script) fields() []group.CustomField {
	var list []group.CustomField
	for _, k := range []string{"a", "b"}[:1+s.pick(2)] {
		f := group.CustomField{Key: k}
		if v := []string{"1", "2"}; s.pick(3) < 2 {
			f.Value = &v[s.pick(2)]
		}
		list = append(list, f)
	}
	return list
}

func (s *Script) seconds() int64 {
	return []int64{1, 60, 600, 0, 7 * 24 * 3600, -1, yearSeconds, yearSeconds + 1, 61, 599}[s.pick(10)]
}

func (s *Script) role() group.Role {
	if s.pick(16) == 15 {
		return []group.Role{group.Owner, group.NoRole}[s.pick(2)]
	}
	return []group.Role{group.Admin, group.Member, group.Admin, group.Member, 5, 200}[s.pick(6)]
}
