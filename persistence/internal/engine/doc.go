// Package engine carries out the contract of persistence over any store of
// ordered bytes, so that an adapter is little more than get, put, delete and
// seek. Adapters of persistence call it, nobody else.
//
// It owns how entries and snapshots lie in the store. It must not open files,
// lock, or know what a record means.
//
// # Spaces
//
// Tables of rows keep their numbers. Above them:
//
//   - log: stream ‖ seq ‖ unnumbered ‖ position → data; seq is the newest number
//     at the position, unnumbered 0 for the entry that has it and 1 for others
//   - snapshots: stream → position ‖ seq ‖ chunk count ‖ head
//   - chunks: stream ‖ index → data
package engine
