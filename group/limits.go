package group

// Limits are the numbers of the core that do not differ by kind (spec 16,
// 18.6). Fixed at start-up.
type Limits struct {
	// MaxAdmins is the number of admins a group may have.
	MaxAdmins int
	// GroupsPerUser is the number of groups a user may be in, livestreams left out.
	GroupsPerUser int
	// DedupeMillis is how long a request or random is recognised (spec 10.2,
	// 18.5), LiveDedupeMillis the same in livestreams.
	DedupeMillis     int64
	LiveDedupeMillis int64
	// ApplicationLife is how long, in ms, a record may be acted on, and how long
	// a final one is kept afterwards (spec 7.6).
	ApplicationLife int64
	// RetellMillis is the least time between two tellings of one record (spec 7.5).
	RetellMillis int64
	// MessageBytes bounds the sum of a message's elements, and a custom notice.
	MessageBytes int
	// MessageElements bounds the number of elements.
	MessageElements int
	// UsersPerCall bounds invite, kick and mute lists.
	UsersPerCall int
	// FoldMillis is how long arrivals and departures of a livestream are
	// collected, FoldUsers how many of them a tip names (spec 6.3).
	FoldMillis int64
	FoldUsers  int
	// ListedLive is how many of the newest members of a livestream are listed.
	ListedLive int
	// TickRecords bounds the records that one Tick lets expire.
	TickRecords int
}

// DefaultLimits gives the numbers of spec 16.
func DefaultLimits() Limits {
	const second, minute, day = 1000, 60_000, 86_400_000
	return Limits{
		MaxAdmins:        10,
		GroupsPerUser:    1000,
		DedupeMillis:     10 * minute,
		LiveDedupeMillis: 60 * second,
		ApplicationLife:  7 * day,
		RetellMillis:     minute,
		MessageBytes:     8898,
		MessageElements:  50,
		UsersPerCall:     300,
		FoldMillis:       500,
		FoldUsers:        100,
		ListedLive:       1000,
		TickRecords:      200,
	}
}

// Sizes that no deployment changes (spec 16).
const (
	introductionBytes = 240
	announcementBytes = 300
	messageTextBytes  = 300 // of an application or invitation
	userFieldBytes    = 1000
	reasonRunes       = 128
	customFieldsMax   = 20
	fieldKeyBytes     = 32
	fieldValueBytes   = 512
	nameCardBytes     = 50
	faceDataBytes     = 1000
	muteSecondsMax    = 31_536_000
	mutedRolesMax     = 10
	pageMax           = 100
	profilesMax       = 50
)
