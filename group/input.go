package group

// Caller is who sent a command. All of it is stamped by the shell from the
// login, never read from a payload.
type Caller struct {
	// User is the authenticated user; empty for the server's own timers and guests.
	User UserID
	// AppAdmin: the deployment lists the user as app administrator (spec 2.6).
	AppAdmin bool
	// System: the command comes from the server itself (timers, presence), not from a user.
	System bool
	// Name and Avatar are the caller's profile now, a stamped fact (spec 19.17 d).
	Name, Avatar string
}

// UserFact is what the shell knows of a user that a command names. It may be
// slightly old.
type UserFact struct {
	// Exists: has logged in or was imported at least once.
	Exists bool
	// Deleted: the account was deleted and its id is not free yet (spec 19.14).
	Deleted bool
	// Groups counts the groups the user is in, livestreams left out.
	Groups int
	// BlocksCaller: the user has blacklisted the caller.
	BlocksCaller bool
	// Former: the user was in this group before, so its conversation is disabled.
	Former bool
	// Name and Avatar are the user's profile now.
	Name, Avatar string
}

// missing says why a user cannot be brought in; OK if it can.
func (f UserFact) missing() Code {
	switch {
	case f.Deleted:
		return CodeAccountDeleted
	case !f.Exists:
		return CodeUserNotFound
	}
	return OK
}

// Input is one command with everything that deciding it needs from outside.
type Input struct {
	Caller Caller
	// Request is the hash of (user, request id); 0 = not to be remembered (spec 18.5).
	Request uint64
	// Now is the server's time, never decreasing within a group.
	Now Millis
	// Facts about the users that the command names and about the caller.
	// A user that is missing reads as the zero fact (does not exist).
	Facts map[UserID]UserFact
	// NextID is the first of as many application ids as the command may need (300).
	NextID ApplicationID
	// Entropy is unguessable; authentications, msg_keys and missing message
	// randoms are derived from it.
	Entropy [32]byte
	// Command is what is wanted.
	Command Command
}

// Fact returns what is known of a user.
func (in *Input) Fact(u UserID) UserFact { return in.Facts[u] }
