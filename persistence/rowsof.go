package persistence

import "github.com/troupe-im/troupe/group"

// ReservedFor is how long the id of a dismissed group stays reserved, in ms (spec 6.2).
const ReservedFor group.Millis = 30 * 24 * 3600 * 1000

// RowsOf says which rows follow from a decision, given the machine after the
// step. It is pure: the same decision yields the same ops in the same order.
// A message yields none, but for every TallyEvery-th. Ops may follow from a decision without journalled
// events too (notices of a livestream); they are then committed alone.
//
// Numbers that storage gives come back in Append.Numbers by index in the ops:
// one AppendNumbered per receiver, effect by effect in the order of d.Effects
// and of their Users; PlaceNotices for those who leave come before them.
func RowsOf(m *group.Machine, d *group.Decision) []RowOp {
	s := step{m: m, d: d, live: m.Kind() == group.Livestream, seq: m.Seq(), ordinal: m.Ordinal()}
	for _, e := range d.Events {
		if e.Seq != 0 {
			s.seq--
		}
		if _, ok := e.Body.(*group.Sent); ok {
			s.ordinal--
		}
	}
	return s.rows()
}

func groupRow(m *group.Machine, d *group.Decision) *GroupRow {
	p := m.Profile()
	row := &GroupRow{
		Group: p.Group, Kind: p.Kind, Owner: p.Owner, Settings: p.Settings, CreateTime: p.CreateTime,
		LastInfoTime: p.LastInfoTime, MemberCount: p.MemberCount, Admins: m.Admins(), Dismissed: m.Dismissed(),
	}
	for _, e := range d.Events {
		if _, ok := e.Body.(*group.Dismissed); ok {
			row.DismissedAt = e.Time
		}
	}
	return row
}

// step is one decision on its way to rows.
type step struct {
	m    *group.Machine
	d    *group.Decision
	live bool
	// seq and ordinal are the newest ones, brought forward event by event.
	seq     group.Seq
	ordinal uint64

	ops []RowOp
}

// rows yields the ops in an order that depends on the decision alone: event by
// event, then the group's own rows, the notices effect by effect, the timer.
func (s *step) rows() []RowOp {
	structural := false
	for _, e := range s.d.Events {
		if e.Volatile() {
			continue
		}
		if e.Seq != 0 {
			s.seq = e.Seq
		}
		if _, ok := e.Body.(*group.Sent); ok {
			s.ordinal = e.Ordinal
		} else {
			structural = true
			s.event(e)
		}
		s.tally(e)
	}
	if structural {
		s.add(RowOp{Op: OpPut, Table: TableProfiles, Key: StreamKey(s.m.Stream()), Value: EncodeGroupRow(groupRow(s.m, s.d))})
	}
	at := s.moment()
	for i := range s.d.Effects {
		s.effect(&s.d.Effects[i], at)
	}
	if structural {
		s.add(TimerOp(s.m.Stream(), s.m.Due()))
	}
	return s.ops
}

func (s *step) add(op RowOp) { s.ops = append(s.ops, op) }

// moment is the position of the decision: notices to everybody concern the
// members of then.
func (s *step) moment() group.Position {
	var at group.Position
	for _, e := range s.d.Events {
		at = max(at, e.Position)
	}
	return at
}

// tally has members' messages counted, many at once.
func (s *step) tally(e *group.Event) {
	if s.live || e.Seq == 0 || e.Seq%TallyEvery != 0 {
		return
	}
	s.add(RowOp{Op: OpTally, Table: TableSent, Key: StreamKey(s.m.Stream()), Delta: int64(e.Seq)})
}

func (s *step) event(e *group.Event) {
	switch v := e.Body.(type) {
	case *group.Created:
		s.name(&GroupName{Stream: s.m.Stream(), Kind: s.m.Kind()})
		if v.OwnerJoins {
			owner := v.Owner
			owner.Role = group.Owner
			s.joined(e, &owner)
		}
	case *group.Dismissed:
		s.name(&GroupName{Stream: s.m.Stream(), Kind: s.m.Kind(), ReservedUntil: e.Time + ReservedFor})
		if s.live {
			s.add(RowOp{Op: OpDelete, Table: TableCounts, Key: likesKey(s.m.Stream())})
		}
	case *group.Joined:
		for i := range v.Users {
			s.joined(e, &v.Users[i].Card)
		}
	case *group.Left:
		for i := range v.Users {
			s.left(e, v.Users[i].User)
		}
	case *group.Kicked:
		for i := range v.Users {
			s.left(e, v.Users[i].User)
		}
	case *group.RoleChanged:
		s.patch(v.User.User, patchRole(v.User.Role))
	case *group.InfoChanged:
		s.ownerChanged(v)
	case *group.MemberChanged:
		if v.NameCard != nil {
			s.patch(v.User, patchNameCard(*v.NameCard))
		}
	case *group.RemindChanged:
		s.patch(v.User, patchRemind(v.Remind))
	case *group.Filed:
		s.filed(&v.Record)
	case *group.RecordChanged:
		s.record(&v.Record)
	}
}

func (s *step) name(v *GroupName) {
	s.add(RowOp{Op: OpPut, Table: TableGroups, Key: GroupKey(s.m.Group()), Value: EncodeGroupName(v)})
}

// joined writes a new membership over any former one: only the latest period
// counts (spec 19.17 e). Presence in a livestream is not a membership row.
func (s *step) joined(e *group.Event, c *group.Card) {
	if s.live {
		return
	}
	row := MemberRow{
		Stream: s.m.Stream(), Kind: s.m.Kind(), Group: s.m.Group(), Role: c.Role, NameCard: c.NameCard,
		JoinTime: e.Time, JoinSeq: s.seq, JoinPosition: e.Position, JoinOrdinal: s.ordinal,
		VisibleFrom: 1,
	}
	if row.Role == group.NoRole {
		row.Role = group.Member
	}
	if !s.m.Policy().HistoryBeforeJoin {
		// From the tip of joining on, or from what follows an unwatched joining.
		row.VisibleFrom = s.seq
		if e.Seq == 0 {
			row.VisibleFrom++
		}
	}
	s.add(RowOp{Op: OpPut, Table: TableMembers, Key: UserStreamKey(c.User, s.m.Stream()), Value: EncodeMemberRow(&row)})
	s.add(RowOp{Op: OpAdd, Table: TableCounts, Key: UserNameKey(c.User, CountGroups), Delta: 1})
	s.add(RowOp{Op: OpDelete, Table: TableSent, Key: StreamUserKey(s.m.Stream(), c.User)})
}

// left ends a membership. The notices to everybody that the user has not seen
// are placed before (spec 19.17 a).
func (s *step) left(e *group.Event, u group.UserID) {
	if s.live {
		return
	}
	s.add(RowOp{Op: OpPlaceNotices, Table: TableInbox, Key: UserKey(u), Value: StreamKey(s.m.Stream()), Delta: int64(e.Time)})
	s.patch(u, patchLeft(s.seq, s.ordinal, e))
	s.add(RowOp{Op: OpAdd, Table: TableCounts, Key: UserNameKey(u, CountGroups), Delta: -1})
}

func (s *step) patch(u group.UserID, patch []byte) {
	if s.live {
		return
	}
	s.add(RowOp{Op: OpMerge, Table: TableMembers, Key: UserStreamKey(u, s.m.Stream()), Value: patch})
}

// ownerChanged moves the owner's role; the old owner, if still a member, is an
// ordinary one from then on (spec 6.7).
func (s *step) ownerChanged(v *group.InfoChanged) {
	if v.Owner.User == "" {
		return
	}
	if v.OldOwner != "" {
		s.patch(v.OldOwner, patchRole(group.Member))
	}
	s.patch(v.Owner.User, patchRole(group.Owner))
}

// filed also enters a record in the lists of those who are named in it.
func (s *step) filed(v *group.Record) {
	s.record(v)
	s.add(RowOp{Op: OpPut, Table: TableApplicationsOf, Key: UserNumberKey(v.Applicant, uint64(v.ID)), Value: StreamKey(s.m.Stream())})
	if v.Inviter != "" && v.Inviter != v.Applicant {
		s.add(RowOp{Op: OpPut, Table: TableApplicationsOf, Key: UserNumberKey(v.Inviter, uint64(v.ID)), Value: StreamKey(s.m.Stream())})
	}
}

func (s *step) record(v *group.Record) {
	s.add(RowOp{Op: OpPut, Table: TableApplications, Key: StreamNumberKey(s.m.Stream(), uint64(v.ID)), Value: EncodeRecord(v)})
}

// effect stores notices. What goes to everybody is stored once (spec 19.17 a);
// livestreams have no membership rows, so theirs are placed by the actors for
// those present (see NoticeOps).
func (s *step) effect(e *group.Effect, at group.Position) {
	n, ok := e.Frame.(*group.Notice)
	if !ok {
		return
	}
	switch {
	case e.Scope == group.ToUsers:
		s.ops = append(s.ops, NoticeOps(s.m.Group(), n, e.Users)...)
	case e.Scope == group.ToAllMembers && !s.live:
		s.add(RowOp{
			Op: OpPut, Table: TableNotices, Key: StreamNumberKey(s.m.Stream(), uint64(at)),
			Value: EncodeGroupNotice(&GroupNotice{Group: s.m.Group(), Position: at, Notice: *n}),
		})
	}
}
