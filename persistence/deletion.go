package persistence

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence/internal/wire"
)

// DeletedFor is how long the id of a deleted user stays closed, in ms (spec 19.14).
const DeletedFor group.Millis = 30 * 24 * 3600 * 1000

// Deletion says that an account was deleted (spec 19.14). It is stored before
// anybody hears of it and kept for ever: what names the user is not rewritten
// but shown by it. How far the work after it has come needs no note, as the
// rows that are still there say what is left.
type Deletion struct {
	User group.UserID
	// At is when it came into force.
	At group.Millis
	// Until ends the time in which nobody may use the id; all that names it
	// before was the deleted user. Moved on if the work took longer.
	Until group.Millis
	// ShownAs is the id that what stays shows, the same everywhere.
	ShownAs group.UserID
	// EraseMessages: the user's messages are shown as recalled.
	EraseMessages bool
	// Request is the hash of who asked and its request id, so that a repeat is
	// known; 0 = it had none.
	Request uint64
	// GroupsLeft and GroupsPassedOn are what the caller was answered.
	GroupsLeft, GroupsPassedOn uint32
	// Done: every group was left and every row erased.
	Done bool
}

// DeletionOps closes an account in one transaction: with the deletion the
// profile goes, so that there is no such user from here on.
func DeletionOps(d *Deletion) []RowOp {
	return []RowOp{
		PutDeletionOp(d),
		{Op: OpDelete, Table: TableUsers, Key: UserKey(d.User)},
	}
}

// PutDeletionOp replaces the row of a deletion, as when its work is done.
func PutDeletionOp(d *Deletion) RowOp {
	return RowOp{Op: OpPut, Table: TableDeletions, Key: UserNumberKey(d.User, uint64(d.At)), Value: EncodeDeletion(d)}
}

// Deletions calls fn with all deletions, those of one user by rising time.
func Deletions(tx Tx, fn func(*Deletion)) error {
	var fault error
	tx.Scan(TableDeletions, nil, nil, false, func(key, value []byte) bool {
		var d *Deletion
		if d, fault = decodeDeletion(key, value); fault == nil {
			fn(d)
		}
		return fault == nil
	})
	return fault
}

// NewestDeletion reads a user's latest deletion; false if there is none.
func NewestDeletion(tx Tx, u group.UserID) (Deletion, bool, error) {
	var newest Deletion
	found, fault := false, error(nil)
	tx.Scan(TableDeletions, UserPrefix(u), nil, true, func(key, value []byte) bool {
		d, err := decodeDeletion(key, value)
		if fault = err; err == nil {
			newest, found = *d, true
		}
		return false
	})
	return newest, found, fault
}

// EncodeDeletion gives the value of a row of TableDeletions; User is in the key.
func EncodeDeletion(d *Deletion) []byte {
	b := wire.Int([]byte{wire.Version}, 1, d.At)
	b = wire.Int(b, 2, d.Until)
	b = wire.String(b, 3, d.ShownAs)
	b = wire.Bool(b, 4, d.EraseMessages)
	b = wire.Fixed64(b, 5, d.Request)
	b = wire.Uint(b, 6, d.GroupsLeft)
	b = wire.Uint(b, 7, d.GroupsPassedOn)
	return wire.Bool(b, 8, d.Done)
}

func decodeDeletion(key, value []byte) (*Deletion, error) {
	if len(key) < 9 {
		return nil, corrupt("deletion", ErrCorrupt)
	}
	return DecodeDeletion(group.UserID(key[:len(key)-9]), value)
}

// DecodeDeletion reads it; ErrCorrupt if it is none.
func DecodeDeletion(user group.UserID, data []byte) (*Deletion, error) {
	v, err := decodeRow(data, "deletion", func(b []byte, v *Deletion) error {
		r := wire.Read(b)
		for r.Next() {
			switch r.Num {
			case 1:
				v.At = group.Millis(r.Int64())
			case 2:
				v.Until = group.Millis(r.Int64())
			case 3:
				v.ShownAs = group.UserID(r.Text())
			case 4:
				v.EraseMessages = r.Bool()
			case 5:
				v.Request = r.Fixed64()
			case 6:
				v.GroupsLeft = r.Uint32()
			case 7:
				v.GroupsPassedOn = r.Uint32()
			case 8:
				v.Done = r.Bool()
			}
		}
		return r.Err()
	})
	if v != nil {
		v.User = user
	}
	return v, err
}
