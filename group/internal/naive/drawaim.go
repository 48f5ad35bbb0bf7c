package naive

import "github.com/troupe-im/troupe/group"

// aiming goes to the very millisecond at which some period ends, or to the one
// before, and gives the command that tells the difference.
func (s *Script) aiming(in *group.Input) group.Command {
	var facts []fact
	for _, f := range s.Model.facts {
		if s.aimable(f) {
			facts = append(facts, f)
		}
	}
	if len(facts) == 0 {
		return s.moving(in)
	}
	switch f := facts[s.pick(len(facts))]; f.what {
	case filed:
		return s.aimRecord(in, f.record)
	case muted:
		s.reach(f.until)
		in.Caller = s.as(f.user)
		return s.message()
	case settings:
		s.reach(f.settings.Mute.ExpiresAt)
		in.Caller = s.as(s.member())
		return s.message()
	case said:
		s.reach(f.at + s.Model.memory())
		in.Caller = s.as(f.user)
		return group.Send{Elements: []group.Element{{Type: group.ElementText, Text: "again"}}, Random: f.random, RandomGiven: true}
	default: // arrived, departed
		s.reach(f.at + batchWait)
		in.Caller = group.Caller{System: true}
		return group.Tick{}
	}
}

// aimable: a period that may still run begins with the fact.
func (s *Script) aimable(f fact) bool {
	switch f.what {
	case filed:
		return f.record.UpdatedAt+finalLife >= s.now
	case muted:
		return f.until >= s.now
	case settings:
		return f.settings.Mute.ExpiresAt >= s.now
	case said:
		return f.at+s.Model.memory() >= s.now
	case arrived, departed:
		return f.at+batchWait >= s.now
	}
	return false
}

func (s *Script) aimRecord(in *group.Input, r group.Record) group.Command {
	ends := []group.Millis{r.ToldAt + minute, r.ExpiresAt, r.UpdatedAt + finalLife}
	s.reach(ends[s.pick(len(ends))])
	switch s.pick(4) {
	case 0, 1:
		return s.nag(in, r)
	case 2:
		in.Caller = group.Caller{System: true}
		return group.Tick{}
	}
	in.Caller = s.as(Root)
	return group.Handle{Accept: s.yes(), Applicant: r.Applicant, Inviter: r.Inviter}
}

// reach goes to a moment or just before it, if it is not over.
func (s *Script) reach(t group.Millis) {
	s.now = max(s.now, t-group.Millis(s.pick(2)))
}
