package naive

import (
	"slices"

	"github.com/troupe-im/troupe/group"
)

// what tells the sorts of fact apart.
type what int

const (
	made     what = iota // the group exists
	entered              // user, role, fields
	went                 // user is no longer a member
	roleIs               // user, role; NoRole takes a standing role away
	muted                // user, until (0 = lifted)
	card                 // user, text
	fieldIs              // user, fields (one each)
	remindIs             // user, remind
	settings             // settings
	infoTime             // the profile was changed
	filed                // record, new or changed
	number               // seq taken
	said                 // user, seq, random
	arrived              // livestream: waits for the next batch
	departed             // livestream: waits for the next batch
	flushed              // livestream: the batch was told
	guests               // by: +1 or -1
	liked                // user, by
	noted                // request, result
	ended                // no more
)

// fact is one thing that happened. The list of them is all that a Model keeps.
type fact struct {
	what     what
	at       group.Millis
	user     group.UserID
	name     string
	avatar   string
	tipped   bool // entered: the joining was told by a tip, with number seq
	role     group.Role
	until    group.Millis
	text     string
	field    group.CustomField
	remind   group.RemindType
	settings group.Settings
	record   group.Record
	random   uint32
	request  uint64
	result   *group.Result
	reason   group.LeaveReason
	by       int
	seq      group.Seq
}

func (m *Model) note(f fact) {
	f.at = m.now
	m.facts = append(m.facts, f)
}

// members lists who is a member, in join order.
func (m *Model) members() []group.UserID {
	var list []group.UserID
	for _, f := range m.facts {
		switch f.what {
		case entered:
			list = append(list, f.user)
		case went:
			list = without(list, f.user)
		case ended:
			list = nil
		}
	}
	return list
}

func (m *Model) isMember(u group.UserID) bool { return slices.Contains(m.members(), u) }

// role is the user's role, a standing one included (spec 6.3).
func (m *Model) role(u group.UserID) group.Role {
	role := group.NoRole
	for _, f := range m.facts {
		if f.user != u {
			continue
		}
		switch f.what {
		case entered, roleIs:
			role = f.role
		case went:
			if !m.policy.Connected || !standing(role) {
				role = group.NoRole
			}
		}
	}
	return role
}

// standing reports whether a role is kept while absent (spec 6.3).
func standing(r group.Role) bool { return r == group.Owner || r == group.Admin }

// everybody lists all users that ever had to do with the group.
func (m *Model) everybody() []group.UserID {
	var list []group.UserID
	for _, f := range m.facts {
		if f.user != "" && !slices.Contains(list, f.user) {
			list = append(list, f.user)
		}
	}
	slices.Sort(list)
	return list
}

func (m *Model) withRole(r group.Role) []group.UserID {
	var list []group.UserID
	for _, u := range m.everybody() {
		if m.role(u) == r {
			list = append(list, u)
		}
	}
	return list
}

// owner is empty if there is none.
func (m *Model) owner() group.UserID {
	for _, u := range m.withRole(group.Owner) {
		return u
	}
	return ""
}

// WasMember reports whether the user once was a member and now is not.
func (m *Model) WasMember(u group.UserID) bool {
	was := false
	for _, f := range m.facts {
		was = was || (f.what == entered && f.user == u)
	}
	return was && !m.isMember(u)
}

// joining is the fact of the user's latest entry; nil if there is none.
func (m *Model) joining(u group.UserID) *fact {
	for i := len(m.facts) - 1; i >= 0; i-- {
		if m.facts[i].what == entered && m.facts[i].user == u {
			return &m.facts[i]
		}
	}
	return nil
}

// mutedUntil is the end of the user's own mute, kept across memberships (spec 8.1).
func (m *Model) mutedUntil(u group.UserID) group.Millis {
	var until group.Millis
	for _, f := range m.facts {
		switch {
		case f.user != u:
		case f.what == muted:
			until = f.until
		case f.what == roleIs && f.role == group.Owner:
			until = 0
		}
	}
	if m.now >= until {
		return 0
	}
	return until
}

// settings are those in force now: a group mute that has ended is none.
func (m *Model) settings() group.Settings {
	var s group.Settings
	for _, f := range m.facts {
		if f.what == settings {
			s = f.settings
		}
	}
	if s.Mute.ExpiresAt != group.NoEnd && m.now >= s.Mute.ExpiresAt {
		s.Mute = group.Mute{}
	}
	return s
}

// records lists the newest value of each record in the order of filing; what
// has been final for seven days is gone (spec 7.6).
func (m *Model) records() []group.Record {
	var list []group.Record
	for _, f := range m.facts {
		if f.what != filed {
			continue
		}
		i := slices.IndexFunc(list, func(r group.Record) bool { return r.ID == f.record.ID })
		if i < 0 {
			list = append(list, f.record)
		} else {
			list[i] = f.record
		}
	}
	var kept []group.Record
	for _, r := range list {
		if r.State.Final() && m.now >= r.UpdatedAt+finalLife {
			continue
		}
		kept = append(kept, r)
	}
	return kept
}

// overdue reports whether a record is past its end, told or not.
func (m *Model) overdue(r group.Record) bool { return !r.State.Final() && m.now >= r.ExpiresAt }

// newest is the newest record of applicant and inviter; nil if there is none.
func (m *Model) newest(applicant, inviter group.UserID) *group.Record {
	var found *group.Record
	for _, r := range m.records() {
		if r.Applicant == applicant && r.Inviter == inviter {
			found = &r
		}
	}
	return found
}

// pending lists the records that were not decided, overdue ones included.
func (m *Model) pending() []group.Record {
	return slices.DeleteFunc(m.records(), func(r group.Record) bool { return r.State.Final() })
}

// lastSeq is the newest number taken.
func (m *Model) lastSeq() group.Seq {
	var n group.Seq
	for _, f := range m.facts {
		if f.what == number {
			n++
		}
	}
	return n
}

// batch lists who waits to be told as arrived and as departed (spec 6.3). Who
// did both is in neither.
func (m *Model) batch() (in, out []fact) {
	for _, f := range m.facts {
		switch f.what {
		case arrived:
			if hasUser(out, f.user) {
				out = dropUser(out, f.user)
			} else {
				in = append(in, f)
			}
		case departed:
			if hasUser(in, f.user) {
				in = dropUser(in, f.user)
			} else {
				out = append(out, f)
			}
		case flushed:
			in, out = nil, nil
		}
	}
	return in, out
}

func (m *Model) guestCount() int {
	n := 0
	for _, f := range m.facts {
		if f.what == guests {
			n += f.by
		}
	}
	return n
}

// Over reports whether the group has ended.
func (m *Model) Over() bool {
	return slices.ContainsFunc(m.facts, func(f fact) bool { return f.what == ended })
}

func (m *Model) exists() bool { return len(m.facts) > 0 && !m.Over() }

func without(list []group.UserID, u group.UserID) []group.UserID {
	return slices.DeleteFunc(slices.Clone(list), func(x group.UserID) bool { return x == u })
}

func union(lists ...[]group.UserID) []group.UserID {
	var all []group.UserID
	for _, list := range lists {
		for _, u := range list {
			if u != "" && !slices.Contains(all, u) {
				all = append(all, u)
			}
		}
	}
	return all
}

func hasUser(list []fact, u group.UserID) bool {
	return slices.ContainsFunc(list, func(f fact) bool { return f.user == u })
}

func dropUser(list []fact, u group.UserID) []fact {
	return slices.DeleteFunc(slices.Clone(list), func(f fact) bool { return f.user == u })
}
