package persistence

import (
	"encoding/binary"

	"github.com/troupe-im/troupe/group"
)

// Names inside keys of the tables of named values.
const (
	// CountGroups, in TableCounts: memberships, livestreams left out, groups
	// dismissed meanwhile included (see [GroupCount]).
	CountGroups = "groups"
	// MarkApplications and MarkNotices, in TableReadMarks: a [ReadMark].
	MarkApplications = "applications"
	MarkNotices      = "notices"
	// markDeleted, in TableReadMarks: "deleted/" ‖ application id → empty: the
	// user has deleted the record from its own list.
	markDeleted = "deleted/"
)

// StreamKey is the key of a row of one stream.
func StreamKey(s group.StreamID) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 0, 8), uint64(s))
}

// StreamNumberKey is stream ‖ number: TableNotices, TableApplications.
func StreamNumberKey(s group.StreamID, n uint64) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 16), uint64(s))
	return binary.BigEndian.AppendUint64(b, n)
}

// UserPrefix begins the keys of all rows of a user.
func UserPrefix(u group.UserID) []byte {
	b := append(make([]byte, 0, len(u)+1), u...)
	return append(b, 0)
}

// UserNumberKey is user ‖ 0 ‖ number: TableInbox, TableApplicationsOf.
func UserNumberKey(u group.UserID, n uint64) []byte {
	b := append(make([]byte, 0, len(u)+9), u...)
	return binary.BigEndian.AppendUint64(append(b, 0), n)
}

// UserStreamKey is user ‖ 0 ‖ stream: TableMembers, TablePlaced.
func UserStreamKey(u group.UserID, s group.StreamID) []byte {
	return UserNumberKey(u, uint64(s))
}

// UserNameKey is user ‖ 0 ‖ name: TableCounts, TableReadMarks.
func UserNameKey(u group.UserID, name string) []byte {
	b := append(make([]byte, 0, len(u)+1+len(name)), u...)
	return append(append(b, 0), name...)
}

// likesKey is the key, in TableCounts, of a livestream's likes.
func likesKey(s group.StreamID) []byte {
	return binary.BigEndian.AppendUint64(UserNameKey("", "likes/"), uint64(s))
}

// StreamUserKey is stream ‖ user: TableSent.
func StreamUserKey(s group.StreamID, u group.UserID) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(u)), uint64(s))
	return append(b, u...)
}

// GroupKey is the key of TableGroups.
func GroupKey(id group.ID) []byte { return []byte(id) }

// UserKey is the key of TableUsers and TableInboxHead.
func UserKey(u group.UserID) []byte { return []byte(u) }

// DeletedKey is the key, in TableReadMarks, that hides a record from a user.
func DeletedKey(u group.UserID, id group.ApplicationID) []byte {
	return binary.BigEndian.AppendUint64(UserNameKey(u, markDeleted), uint64(id))
}

// timerKey is due ‖ stream: TableTimers.
func timerKey(due group.Millis, s group.StreamID) []byte {
	return StreamNumberKey(group.StreamID(due), uint64(s))
}

// lastNumber is the number at the end of a key.
func lastNumber(key []byte) uint64 {
	if len(key) < 8 {
		return 0
	}
	return binary.BigEndian.Uint64(key[len(key)-8:])
}

// Uint64 reads the value of a counter; 0 if there is none.
func Uint64(value []byte) uint64 {
	if len(value) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(value)
}

// Uint64Value is the value of a counter.
func Uint64Value(n uint64) []byte {
	return binary.BigEndian.AppendUint64(make([]byte, 0, 8), n)
}
