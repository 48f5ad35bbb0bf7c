// Package group is the pure core of a chat group: commands go in, events or a
// typed rejection come out, and who hears of what is named with them.
//
// It owns the rules of group membership, roles, joining, inviting, approving,
// muting and sending (docs/spec/semantics.md). It must not touch a clock, a
// socket, a disk, randomness or another package of this module: time, ids and
// the facts that others own arrive inside the [Input]. The package actors
// calls it; persistence and protocol read its types.
//
// # How a command is decided
//
// [Machine.Step] is the only door. It recognises repeats, checks the command's
// parameters, the group's existence and the kind, and hands over to the decide
// function of the command's family (join.go, kick.go, …). That function reads
// and may refuse; once it has emitted its first event it can no longer refuse.
// Emitting applies the event at once (apply.go, the only code that writes
// state), so the machine is always ahead of the journal, and what it returns
// must be stored before anybody hears of it: the caller holds it back.
// [Machine.Apply] takes over stored events; it is total and knows no policy, so
// that what was decided once stays decided under every table.
//
// Equal input on equal state gives equal output, byte for byte.
//
// # Vocabulary
//
//   - group: one chat group, of a [Kind]; a kind is a row of [Policy] values.
//   - member, role: who is in it, and as what.
//   - command: what somebody wants ([Command]).
//   - event: what was decided ([Event]); events keep their meaning for ever.
//   - rejection: why a command was not decided ([Rejection]).
//   - frame: what receivers are told ([Frame]); effect: a frame and its audience.
//   - seq: the number users see; position: the number of a journalled event.
//   - stable: in the journal, and so allowed to be told.
package group
