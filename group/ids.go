package group

import "strconv"

// ID is the public name of a group (spec 2.1).
type ID string

// UserID is the public name of a user (spec 2.1). The empty id stands for the
// server itself where a field allows it.
type UserID string

// StreamID names one incarnation of a group in storage. A group id that is
// taken again after dismissal gets another StreamID, so it never meets old data.
type StreamID uint64

// Seq numbers what the users of a group see: messages, tips and change frames,
// from 1 without gaps (spec 10.2). Zero means: takes no number.
type Seq uint64

// Position numbers the journalled events of a stream, from 1 without gaps.
// Zero means: not journalled.
type Position uint64

// Millis is a moment: milliseconds since 1970 UTC. Zero means never.
type Millis int64

// ApplicationID names an application or invitation. Ids rise with the time of
// filing over the whole server.
type ApplicationID uint64

// String gives the decimal form that the wire uses.
func (id ApplicationID) String() string { return strconv.FormatUint(uint64(id), 10) }

// After returns the moment d seconds later.
func (t Millis) After(seconds int64) Millis { return t + Millis(seconds)*1000 }

// NoEnd is the "until" of what has no end, as the wire shows it (spec 8.2, 8.3).
const NoEnd Millis = -1
