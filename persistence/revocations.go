package persistence

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence/internal/wire"
)

// Revocation makes a user's older tokens worthless (spec 19.13).
type Revocation struct {
	User group.UserID
	// NotBefore: tokens issued up to the end of its second are revoked. It only
	// rises.
	NotBefore group.Millis
	// Requests are those of the user itself lately, for their repeats (spec 18.5).
	Requests []RevocationRequest
}

// RevocationRequest is a call of revoke_tokens and what it was answered.
type RevocationRequest struct {
	Request   uint64
	Time      group.Millis
	NotBefore group.Millis
}

// RevocationOp stores it, in place of the user's older one.
func RevocationOp(v *Revocation) RowOp {
	return RowOp{Op: OpPut, Table: TableRevocations, Key: UserKey(v.User), Value: EncodeRevocation(v)}
}

// Revocations calls fn with all that are stored.
func Revocations(tx Tx, fn func(*Revocation)) error {
	return rows(tx, TableRevocations, func(key, value []byte) (*Revocation, error) {
		return DecodeRevocation(group.UserID(key), value)
	}, fn)
}

// EncodeRevocation gives the value of a row of TableRevocations; the user is
// the key.
func EncodeRevocation(v *Revocation) []byte {
	b := wire.Int([]byte{wire.Version}, 1, v.NotBefore)
	for i := range v.Requests {
		b = wire.Message(b, 2, &v.Requests[i], func(b []byte, q *RevocationRequest) []byte {
			return wire.Int(wire.Int(wire.Fixed64(b, 1, q.Request), 2, q.Time), 3, q.NotBefore)
		})
	}
	return b
}

// DecodeRevocation reads it; ErrCorrupt if it is none.
func DecodeRevocation(user group.UserID, data []byte) (*Revocation, error) {
	return decodeRow(data, "revocation", func(b []byte, v *Revocation) error {
		v.User = user
		r := wire.Read(b)
		for r.Next() {
			switch r.Num {
			case 1:
				v.NotBefore = group.Millis(r.Int64())
			case 2:
				v.Requests = append(v.Requests, RevocationRequest{})
				wire.Sub(&r, &v.Requests[len(v.Requests)-1], readRevocationRequest)
			}
		}
		return r.Err()
	})
}

func readRevocationRequest(b []byte, v *RevocationRequest) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.Request = r.Fixed64()
		case 2:
			v.Time = group.Millis(r.Int64())
		case 3:
			v.NotBefore = group.Millis(r.Int64())
		}
	}
	return r.Err()
}

// ReadRevocation reads a user's; false if its tokens were never revoked.
func ReadRevocation(tx Tx, user group.UserID) (Revocation, bool, error) {
	return get(tx, TableRevocations, UserKey(user), func(data []byte) (*Revocation, error) {
		return DecodeRevocation(user, data)
	})
}
