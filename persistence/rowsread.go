package persistence

import "github.com/troupe-im/troupe/group"

// LookupGroup says what a group id stands for now; false if it never stood for
// anything. A name whose ReservedUntil is not zero is that of a dismissed
// group: free again from that moment on (spec 6.2).
func LookupGroup(tx Tx, id group.ID) (GroupName, bool, error) {
	return get(tx, TableGroups, GroupKey(id), DecodeGroupName)
}

// ReadGroupRow reads a group as lists show it; false if the stream has none.
func ReadGroupRow(tx Tx, s group.StreamID) (GroupRow, bool, error) {
	return get(tx, TableProfiles, StreamKey(s), DecodeGroupRow)
}

// NewestStream is the highest stream of a group that is stored, 0 if there is none.
func NewestStream(tx Tx) group.StreamID {
	var newest group.StreamID
	tx.Scan(TableProfiles, nil, nil, true, func(key, _ []byte) bool {
		newest = group.StreamID(lastNumber(key))
		return false
	})
	return newest
}

// Membership reads a user's membership of a group, a former one too (its Role
// is NoRole). Members of a dismissed group keep their rows: see GroupRow.
func Membership(tx Tx, user group.UserID, s group.StreamID) (MemberRow, bool, error) {
	return get(tx, TableMembers, UserStreamKey(user, s), DecodeMemberRow)
}

// ReadUser reads a registered user; false if it never logged in nor was imported.
func ReadUser(tx Tx, id group.UserID) (UserRow, bool, error) {
	return get(tx, TableUsers, UserKey(id), func(data []byte) (*UserRow, error) {
		return DecodeUserRow(id, data)
	})
}

func get[T any](tx Tx, t Table, key []byte, decode func([]byte) (*T, error)) (T, bool, error) {
	var none T
	data := tx.Get(t, key)
	if data == nil {
		return none, false, nil
	}
	v, err := decode(data)
	if err != nil {
		return none, false, err
	}
	return *v, true, nil
}

// Memberships calls fn with all rows of a user, former memberships and those of
// dismissed groups too, by stream. The row is fn's own.
func Memberships(tx Tx, user group.UserID, fn func(*MemberRow) bool) error {
	var fault error
	tx.Scan(TableMembers, UserPrefix(user), nil, false, func(_, value []byte) bool {
		row, err := DecodeMemberRow(value)
		if err != nil {
			fault = err
			return false
		}
		return fn(row)
	})
	return fault
}

// JoinedGroups calls fn with the user's present memberships and their groups,
// by stream. Livestreams have no rows and so are not among them.
func JoinedGroups(tx Tx, user group.UserID, fn func(*MemberRow, *GroupRow) bool) error {
	var fault error
	err := Memberships(tx, user, func(row *MemberRow) bool {
		if row.Role == group.NoRole {
			return true
		}
		g, ok, err := ReadGroupRow(tx, row.Stream)
		if err != nil {
			fault = err
			return false
		}
		if !ok || g.Dismissed {
			return true
		}
		return fn(row, &g)
	})
	if err != nil {
		return err
	}
	return fault
}

// Likes reads the likes of a livestream that were stored last.
func Likes(tx Tx, s group.StreamID) uint64 { return Uint64(tx.Get(TableCounts, likesKey(s))) }

// GroupCount says in how many groups a user is, livestreams left out, for the
// check against limit (spec 6.1: 1000). The stored counter is not corrected
// when a group is dismissed, since that must not write a row per member; so it
// is an upper bound. Below limit it is returned as it is; from limit on the
// memberships are counted one by one. Hence the result is below limit exactly
// if the true number is.
func GroupCount(tx Tx, user group.UserID, limit int) (int, error) {
	if n := Uint64(tx.Get(TableCounts, UserNameKey(user, CountGroups))); n < uint64(limit) {
		return int(n), nil
	}
	n := 0
	err := Memberships(tx, user, func(row *MemberRow) bool {
		if row.Role != group.NoRole && !groupDismissed(tx.Get(TableProfiles, StreamKey(row.Stream))) {
			n++
		}
		return true
	})
	return n, err
}

// Timer is a stream's timer.
type Timer struct {
	Due    group.Millis
	Stream group.StreamID
}

// DueTimers lists at most limit timers that are due at now, earliest first.
// The actor that is woken sets the timer anew (see TimerOp); until it does,
// the timer stays due.
func DueTimers(tx Tx, now group.Millis, limit int) []Timer {
	var due []Timer
	tx.Scan(TableTimers, nil, nil, false, func(key, _ []byte) bool {
		t := Timer{Due: group.Millis(streamOf(key[:8])), Stream: group.StreamID(lastNumber(key))}
		if t.Due > now || len(due) == limit {
			return false
		}
		due = append(due, t)
		return true
	})
	return due
}

// NextTimer is the earliest timer of all; false if there is none.
func NextTimer(tx Tx) (Timer, bool) {
	due := DueTimers(tx, group.Millis(1<<63-1), 1)
	if len(due) == 0 {
		return Timer{}, false
	}
	return due[0], true
}
