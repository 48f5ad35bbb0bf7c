// Package persistence is the contract of storage: the [Journal] interface,
// its errors, and what the bytes in it mean.
//
// It owns the record codec ([EncodeEvent], [EncodeSnapshot], the rows), the
// keys of the tables beside the journal, the pure function that says which
// rows follow from events ([RowsOf]) and the typed reads over a [Tx]. It must
// not hold a database, a lock, a clock or a goroutine. The package actors calls
// it; the adapters (persistence/memory, persistence/bolt) implement it and move
// opaque bytes.
//
// # Promises of every adapter
//
//   - An [Append] is stored wholly or not at all, and only if its stream stands
//     where the append expects it ([ErrConflict] otherwise).
//   - When Commit returns nil, what it stored survives a crash of the process
//     and of the machine (memory excepted).
//   - A numbered entry is stored once and found both by position and by number.
//   - Rows change in the same transaction as the events they follow from, so an
//     index never disagrees with the journal.
//
// A journal's epoch is a short string that changes when a backup is restored:
// numbers may then have been given twice (spec 18.2).
package persistence

//go:generate go run ../protocol/internal/generate . record/v1/record.proto
