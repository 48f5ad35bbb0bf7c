package persistence

import (
	"fmt"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence/internal/wire"
)

// Ban keeps a user, or all addresses of a network, out (spec 19.13).
type Ban struct {
	// One of the two. Network is a network's one text, as 192.0.2.0/24; that of a
	// single address has all bits.
	User    group.UserID
	Network string
	// ID rises with time.
	ID uint64
	// Until is the first moment at which it no longer holds; group.NoEnd = none.
	Until  group.Millis
	Reason string
	By     group.UserID
	Time   group.Millis
}

// The first byte of keys of TableBans.
const (
	banUser    = 'u'
	banNetwork = 'n'
)

// BanKey is the key of a ban: there is one at most of each subject.
func BanKey(v *Ban) []byte {
	if v.User != "" {
		return append([]byte{banUser}, v.User...)
	}
	return append([]byte{banNetwork}, v.Network...)
}

// BanOp stores a ban, in place of an older one of its subject.
func BanOp(v *Ban) RowOp {
	return RowOp{Op: OpPut, Table: TableBans, Key: BanKey(v), Value: EncodeBan(v)}
}

// LiftOp removes the ban of v's subject.
func LiftOp(v *Ban) RowOp { return RowOp{Op: OpDelete, Table: TableBans, Key: BanKey(v)} }

// Bans calls fn with every ban that is stored, those that are over too.
func Bans(tx Tx, fn func(*Ban)) error { return rows(tx, TableBans, DecodeBan, fn) }

// EncodeBan gives the value of a row of TableBans; the subject is the key.
func EncodeBan(v *Ban) []byte {
	b := wire.Uint([]byte{wire.Version}, 1, v.ID)
	b = wire.Int(b, 2, v.Until)
	b = wire.String(b, 3, v.Reason)
	b = wire.String(b, 4, v.By)
	return wire.Int(b, 5, v.Time)
}

// DecodeBan reads it; ErrCorrupt if it is none.
func DecodeBan(key, data []byte) (*Ban, error) {
	v, err := decodeRow(data, "ban", readBan)
	if err != nil {
		return nil, err
	}
	switch {
	case len(key) > 1 && key[0] == banUser:
		v.User = group.UserID(key[1:])
	case len(key) > 1 && key[0] == banNetwork:
		v.Network = string(key[1:])
	default:
		return nil, corrupt("ban", fmt.Errorf("key %q", key))
	}
	return v, nil
}

func readBan(b []byte, v *Ban) error {
	r := wire.Read(b)
	for r.Next() {
		switch r.Num {
		case 1:
			v.ID = r.Uint64()
		case 2:
			v.Until = group.Millis(r.Int64())
		case 3:
			v.Reason = r.Text()
		case 4:
			v.By = group.UserID(r.Text())
		case 5:
			v.Time = group.Millis(r.Int64())
		}
	}
	return r.Err()
}

// rows calls fn with every row of a table.
func rows[T any](tx Tx, t Table, decode func(key, value []byte) (*T, error), fn func(*T)) error {
	var fault error
	tx.Scan(t, nil, nil, false, func(key, value []byte) bool {
		v, err := decode(key, value)
		if err != nil {
			fault = err
			return false
		}
		fn(v)
		return true
	})
	return fault
}
