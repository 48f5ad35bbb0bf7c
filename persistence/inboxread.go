package persistence

import "github.com/troupe-im/troupe/group"

// InboxHead says how far a user's inbox goes: the newest number ever given (0
// if none) and the lowest that it still has (newest+1 if it is empty). What is
// below oldest can no longer be sent.
func InboxHead(tx Tx, user group.UserID) (newest, oldest uint64) {
	newest = Uint64(tx.Get(TableInboxHead, UserKey(user)))
	oldest = newest + 1
	tx.Scan(TableInbox, UserPrefix(user), nil, false, func(key, _ []byte) bool {
		oldest = lastNumber(key)
		return false
	})
	return newest, oldest
}

// Inbox lists at most limit entries of a user's inbox (0 = all) from a number
// on, rising, or falling if reverse (then from 0 = the newest). Numbers whose
// entries were dropped or deleted are passed over.
func Inbox(tx Tx, user group.UserID, from uint64, limit int, reverse bool) ([]InboxEntry, error) {
	var list []InboxEntry
	var fault error
	var start []byte
	if from > 0 {
		start = UserNumberKey(user, from)
	}
	tx.Scan(TableInbox, UserPrefix(user), start, reverse, func(key, value []byte) bool {
		entry, err := DecodeInboxEntry(lastNumber(key), value)
		if err != nil {
			fault = err
			return false
		}
		list = append(list, *entry)
		return limit == 0 || len(list) < limit
	})
	return list, fault
}
