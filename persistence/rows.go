package persistence

import "github.com/troupe-im/troupe/group"

// GroupName is what a group id stands for.
type GroupName struct {
	Stream group.StreamID
	Kind   group.Kind
	// ReservedUntil is set when the group was dismissed: until then the id
	// cannot be taken again (spec 6.2).
	ReservedUntil group.Millis
}

// DismissedAt is when the group was dismissed; 0 = it was not.
func (n *GroupName) DismissedAt() group.Millis {
	if n.ReservedUntil == 0 {
		return 0
	}
	return n.ReservedUntil - ReservedFor
}

// GroupRow is a group as lists show it without waking its actor. Numbers that
// every message changes (next_seq, last message) are read from the journal.
type GroupRow struct {
	Group        group.ID
	Kind         group.Kind
	Owner        group.UserID
	Settings     group.Settings
	CreateTime   group.Millis
	LastInfoTime group.Millis
	MemberCount  uint32
	// Dismissed: the group is no more, since DismissedAt.
	Dismissed   bool
	DismissedAt group.Millis
	// Admins lists the admins, for who may see applications.
	Admins []group.UserID
}

// MemberRow is a user's membership of a group as the user's lists show it.
type MemberRow struct {
	Stream   group.StreamID
	Kind     group.Kind
	Group    group.ID
	Role     group.Role // NoRole: a former member
	JoinTime group.Millis
	// JoinSeq and JoinPosition are of the latest joining.
	JoinSeq      group.Seq
	JoinPosition group.Position
	// JoinOrdinal and JoinSent are the message ordinal and the number of own
	// messages then; unread counts from them until a read mark is set. Joining
	// sets the counter of own messages to zero, so JoinSent is 0.
	JoinOrdinal uint64
	JoinSent    uint64
	// VisibleFrom is the first readable number; a former member may read up to LeftSeq.
	VisibleFrom  group.Seq
	LeftSeq      group.Seq
	LeftPosition group.Position
	// LeftOrdinal is the message ordinal at leaving: unread counts up to it.
	LeftOrdinal uint64
	LeftTime    group.Millis
	Remind      group.RemindType
	NameCard    string
}

// UserRow is a registered user.
type UserRow struct {
	User         group.UserID
	RegisteredAt group.Millis
	Name, Avatar string
}

// GroupNotice is a notice to everybody, stored once for its group.
type GroupNotice struct {
	Group    group.ID
	Position group.Position // members of this moment get it
	Notice   group.Notice
}

// InboxEntry is one stored notice of a user.
type InboxEntry struct {
	Seq    uint64
	Group  group.ID
	Notice group.Notice
}

// ReadMark is how far a user has read a list of its own: applications up to
// the moment At, notices up to the number Seq.
type ReadMark struct {
	At  group.Millis
	Seq uint64
}
