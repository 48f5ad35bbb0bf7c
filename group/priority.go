package group

// Priority orders what a livestream delivers when it cannot deliver everything
// (spec 19.9). Zero: not given, or a kind without priorities.
type Priority uint8

// The priorities, lowest first. PrioritySystem is that of everything but
// messages; nobody can ask for it.
const (
	PriorityLow    Priority = 1
	PriorityNormal Priority = 2
	PriorityHigh   Priority = 3
	PrioritySystem Priority = 4
)

// ShedCause says which half of a room's budget was short.
type ShedCause uint8

// The causes; zero: not shed.
const (
	ShedMessages ShedCause = 1
	ShedBytes    ShedCause = 2
)

var shedCauseNames = [...]string{"", "messages", "bytes"}

// String is the cause's name on the wire; "" for zero.
func (c ShedCause) String() string { return shedCauseNames[c] }
