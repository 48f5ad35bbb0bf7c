package persistence

import (
	"encoding/binary"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence/internal/wire"
)

// AuditLife is how long an entry of the audit log is kept, in ms (spec 19.13).
const AuditLife group.Millis = 180 * 24 * 3600 * 1000

// AuditVia says on which way an audited call came.
type AuditVia uint8

// The ways.
const (
	AuditConnection AuditVia = 1
	AuditServerAPI  AuditVia = 2
)

// AuditEntry is one call of the audit log (spec 19.13).
type AuditEntry struct {
	// ID rises with the order of storing, from 1; it is given by the store and
	// never given again.
	ID    uint64
	Time  group.Millis
	Actor group.UserID
	Via   AuditVia
	// Address is the caller's, "" if it is not known; Device its device, or the
	// name of the key that was used.
	Address, Device   string
	Operation, Target string
	// Parameters is the request as the protocol encodes it, without what may not
	// be kept.
	Parameters []byte
	// Request is the request's id.
	Request string
	Code    group.Code
	// Answer is what a repeat of the request is answered; empty where that is
	// found elsewhere (changes of groups), or not given again (reads, refusals).
	Answer []byte
}

// metaAudit, in TableMeta: the newest audit number given.
const metaAudit = "audit"

// AuditOp stores an entry; its ID comes back in Append.Numbers. It stands in
// the append of the change it tells of, so neither is there without the other.
func AuditOp(v *AuditEntry) RowOp {
	return RowOp{Op: OpAudit, Table: TableAudit, Value: EncodeAuditEntry(v)}
}

func auditKey(id uint64) []byte { return binary.BigEndian.AppendUint64(nil, id) }

// appendAudit is the one place that gives audit numbers: in the transaction,
// so that who reads on from a number misses none.
func appendAudit(tx WriteTx, value []byte) Numbered {
	n := Uint64(tx.Get(TableMeta, []byte(metaAudit))) + 1
	tx.Put(TableMeta, []byte(metaAudit), Uint64Value(n))
	tx.Put(TableAudit, auditKey(n), value)
	return Numbered{N: n, Data: value}
}

// AuditQuery picks entries of the audit log; zero values pick all.
type AuditQuery struct {
	Actor             group.UserID
	Operation, Target string
	// From is the first moment, To the first that is too late.
	From, To group.Millis
	// Oldest: rising, else the newest first.
	Oldest bool
	// Cursor is the number after which the page begins; 0 = at the beginning.
	Cursor uint64
	// Count and Bytes bound a page; it has one entry at least, if there is one.
	Count, Bytes int
	// Now is the time by which entries are too old to be shown.
	Now group.Millis
}

// AuditPage is one page; Next is the cursor of what follows, 0 = nothing does.
type AuditPage struct {
	Entries []AuditEntry
	Next    uint64
}

// auditScan bounds the rows that one page looks at: what is picked may be rare.
const auditScan = 10_000

// ListAudit reads a page of the audit log. It may be short of Count, or empty,
// and not the last.
func ListAudit(tx Tx, q *AuditQuery) (AuditPage, error) {
	var page AuditPage
	var fault error
	last, looked, size := q.Cursor, 0, 0
	tx.Scan(TableAudit, nil, q.start(), !q.Oldest, func(key, value []byte) bool {
		id := lastNumber(key)
		if id == q.Cursor {
			return true
		}
		if looked == auditScan || len(page.Entries) == q.Count || size >= q.Bytes {
			page.Next = last
			return false
		}
		entry, err := DecodeAuditEntry(id, value)
		if err != nil {
			fault = err
			return false
		}
		last = id
		looked++
		if q.picks(entry) {
			page.Entries = append(page.Entries, *entry)
			size += len(value)
		}
		return true
	})
	return page, fault
}

func (q *AuditQuery) start() []byte {
	if q.Cursor == 0 {
		return nil
	}
	return auditKey(q.Cursor)
}

func (q *AuditQuery) picks(e *AuditEntry) bool {
	return e.Time+AuditLife > q.Now &&
		(q.Actor == "" || e.Actor == q.Actor) && (q.Operation == "" || e.Operation == q.Operation) &&
		(q.Target == "" || e.Target == q.Target) && e.Time >= q.From && (q.To == 0 || e.Time < q.To)
}

// EncodeAuditEntry gives the value of a row of TableAudit; ID is the key.
func EncodeAuditEntry(v *AuditEntry) []byte {
	b := wire.Int([]byte{wire.Version}, 1, v.Time)
	b = wire.String(b, 2, v.Actor)
	b = wire.Uint(b, 3, v.Via)
	b = wire.String(b, 4, v.Address)
	b = wire.String(b, 5, v.Device)
	b = wire.String(b, 6, v.Operation)
	b = wire.String(b, 7, v.Target)
	b = wire.String(b, 8, v.Parameters)
	b = wire.String(b, 9, v.Request)
	b = wire.Int(b, 10, v.Code)
	return wire.String(b, 11, v.Answer)
}

// DecodeAuditEntry reads it; ErrCorrupt if it is none.
func DecodeAuditEntry(id uint64, data []byte) (*AuditEntry, error) {
	return decodeRow(data, "audit entry", func(b []byte, v *AuditEntry) error {
		v.ID = id
		r := wire.Read(b)
		for r.Next() {
			switch r.Num {
			case 1:
				v.Time = group.Millis(r.Int64())
			case 2:
				v.Actor = group.UserID(r.Text())
			case 3:
				v.Via = AuditVia(r.Uint8())
			case 4:
				v.Address = r.Text()
			case 5:
				v.Device = r.Text()
			case 6:
				v.Operation = r.Text()
			case 7:
				v.Target = r.Text()
			case 8:
				v.Parameters = append([]byte(nil), r.Bytes()...)
			case 9:
				v.Request = r.Text()
			case 10:
				v.Code = group.Code(r.Int32())
			case 11:
				v.Answer = append([]byte(nil), r.Bytes()...)
			}
		}
		return r.Err()
	})
}

// AuditAnswers calls fn with the entries since a moment that hold an answer for
// repeats. Entries whose times differ from their order by more than slack may
// be missed.
func AuditAnswers(tx Tx, since, slack group.Millis, fn func(*AuditEntry)) error {
	var fault error
	tx.Scan(TableAudit, nil, nil, true, func(key, value []byte) bool {
		e, err := DecodeAuditEntry(lastNumber(key), value)
		if err != nil {
			fault = err
			return false
		}
		if e.Time >= since && len(e.Answer) > 0 {
			fn(e)
		}
		return e.Time+slack >= since
	})
	return fault
}
