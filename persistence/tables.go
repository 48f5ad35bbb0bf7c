package persistence

// Table is one sorted table of rows beside the journal. Numbers in keys are
// big-endian; a user or group id inside a key is followed by a zero byte
// unless it ends the key.
type Table uint8

// The tables. Values are encoded by this package; adapters see bytes.
const (
	// TableGroups: group id → GroupName (which stream it names now, or until
	// when it is reserved).
	TableGroups Table = 1
	// TableProfiles: stream → GroupRow, rewritten by every event but messages.
	TableProfiles Table = 2
	// TableMembers: user ‖ 0 ‖ stream → MemberRow, kept after leaving.
	TableMembers Table = 3
	// TableUsers: user → UserRow.
	TableUsers Table = 4
	// TableCounts: user ‖ 0 ‖ name → uint64 (group count); 0 ‖ "likes/" ‖ stream
	// → uint64 (no user is called "").
	TableCounts Table = 5
	// TableInbox: user ‖ 0 ‖ inbox_seq → notice.
	TableInbox Table = 6
	// TableInboxHead: user → newest inbox_seq given (a number survives the
	// removal of its entry).
	TableInboxHead Table = 7
	// TableNotices: stream ‖ n → GroupNotice (stored once for all members); n is
	// the position of the event it tells of.
	TableNotices Table = 8
	// TablePlaced: user ‖ 0 ‖ stream → newest n placed in the user's inbox.
	TablePlaced Table = 9
	// TableApplications: stream ‖ application id → record.
	TableApplications Table = 10
	// TableApplicationsOf: user ‖ 0 ‖ application id → stream (as applicant or inviter).
	TableApplicationsOf Table = 11
	// TableReadMarks: user ‖ 0 ‖ name → read marks and deletions of applications and notices.
	TableReadMarks Table = 12
	// TableSent: stream ‖ user → number of messages the user has sent there, of
	// those up to the number under the stream alone (see OpTally).
	TableSent Table = 13
	// TableTimers: due ms ‖ stream → empty; TableTimerOf: stream → due ms.
	TableTimers  Table = 14
	TableTimerOf Table = 15
	// TableMeta: name → value (schema version, epoch, TicketState, newest
	// audit number).
	TableMeta Table = 16
	// TableAudit: audit number → AuditEntry.
	TableAudit Table = 17
	// TableBans: sort of subject ‖ subject → Ban.
	TableBans Table = 18
	// TableRevocations: user → Revocation.
	TableRevocations Table = 19
	// TableDeletions: user ‖ 0 ‖ moment → Deletion.
	TableDeletions Table = 20
	// TableErased: stream ‖ seq → uint64: a message of a user who was deleted with
	// its messages, and how many such there are up to it.
	TableErased Table = 21
)

// LastTable is the highest of them.
const LastTable = TableErased

// OpKind says what a row op does.
type OpKind uint8

// Row ops.
const (
	// OpPut writes Value under Key.
	OpPut OpKind = 1
	// OpDelete removes Key.
	OpDelete OpKind = 2
	// OpAdd adds Delta to the uint64 counter under Key; a counter never goes below 0.
	OpAdd OpKind = 3
	// OpAppendNumbered gives Key's list (user) the next number of its inbox,
	// stores Value under it and drops what is more than Cap entries old.
	OpAppendNumbered OpKind = 4
	// OpPlaceNotices places group notices due to the user Key in its inbox
	// (spec 19.17 a): those of the stream in Value (its key), or of all the
	// user's groups if Value is empty. Delta is the present time in ms.
	OpPlaceNotices OpKind = 5
	// OpTimer sets (Delta > 0) or removes (0) the stream's timer; Key = stream.
	OpTimer OpKind = 6
	// OpDeletePrefix removes at most Cap rows whose key has the prefix Key (0 = all).
	OpDeletePrefix OpKind = 7
	// OpMerge writes those fields into the row under Key that Value names (a
	// patch made by this package); no row, or that of a former member: no
	// effect. TableMembers only.
	OpMerge OpKind = 8
	// OpTrim removes entries of the stream Key that users may no longer read:
	// numbered ones up to Delta, and unnumbered ones before them; besides, those
	// up to the position in Value, if there is one; at most Cap (0 = all). What
	// the stream's snapshot does not cover stays. Messages that go are tallied
	// before.
	OpTrim OpKind = 9
	// OpForget removes at most Cap (0 = all) entries of the stream Key that its
	// snapshot covers or, if fewer are left, all of the stream and the snapshot
	// with it. Only for streams that ended.
	OpForget OpKind = 10
	// OpAudit stores Value in TableAudit under the next audit number.
	OpAudit OpKind = 11
	// OpTally adds the messages of the stream Key that are not counted yet, up
	// to the number Delta, to the counters of their senders (TableSent).
	OpTally OpKind = 12
)

// RowOp is one change of a row.
type RowOp struct {
	Op    OpKind
	Table Table
	Key   []byte
	Value []byte
	Cap   uint32
	Delta int64
}
