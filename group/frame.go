package group

// Frame is what receivers are told. Numbered frames are not separate values:
// a message or tip is a view of its [Event] (see [TipOf], [Numbered]).
type Frame interface{ frame() }

// Numbered is a message or a tip: the event itself.
type Numbered struct{ Event *Event }

// Notice is a system notice (spec 14.2). Its seq is the inbox's and is given
// when stored.
type Notice struct {
	Type             NoticeType
	Operator         UserID
	Inviter          UserID
	GroupName        string
	Remark           string
	Time             Millis
	Random           uint32
	MsgKey           string
	Authentication   string
	UserDefinedField string
	Users            []UserID
	NeedsConsent     *bool
	Application      ApplicationID
	Content          []byte
}

// ApplicationChange is application_added (Added) or application_updated.
type ApplicationChange struct {
	Added     bool
	Record    Record
	Direction Direction
}

// ModesChanged is group_modes_changed.
type ModesChanged struct {
	Modes    Modes
	Operator UserID
}

// GroupMuted is group_muted.
type GroupMuted struct {
	Mute     Mute
	Operator UserID
}

// ConversationChanged is conversation_changed of this group's conversation.
type ConversationChanged struct {
	Disabled bool
	Remind   RemindType
}

func (*Numbered) frame()            {}
func (*Notice) frame()              {}
func (*ApplicationChange) frame()   {}
func (*ModesChanged) frame()        {}
func (*GroupMuted) frame()          {}
func (*ConversationChanged) frame() {}

// Scope says by which road a frame reaches its receivers.
type Scope uint8

const (
	// ToGroup: every device (and guest) attached to the group. Numbered frames,
	// group_modes_changed and group_muted.
	ToGroup Scope = 1
	// ToUsers: devices of the named users, by their inbox. Notices to them are
	// stored, one inbox row each.
	ToUsers Scope = 2
	// ToAllMembers: every member of this moment, by its inbox; stored once for
	// the group, cost independent of its size (spec 19.17 a). A Notice here
	// reaches guests of a livestream too.
	ToAllMembers Scope = 3
)

// Effect is one frame and who gets it, or a change of who listens. Effects of
// a command are carried out in order, after its answer, once it is stable.
type Effect struct {
	// Frame is nil where only the listeners change.
	Frame Frame
	Scope Scope
	// Users are the receivers of ToUsers.
	Users []UserID
	// NotCaller: the calling connection does not get it (its answer says it).
	NotCaller bool
	// Entered listen from this frame on (before it is sent).
	Entered []UserID
	// Gone no longer listen once the frame was sent.
	Gone []UserID
	// Closed: nobody listens any more once the frame was sent (dismissed).
	Closed bool
	// Remind tells the shards of a changed remind type.
	Remind *RemindChanged
}
