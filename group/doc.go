// Package group is the pure core of a chat group: commands go in, events or a
// typed rejection come out, and who hears of what is named with them.
//
// It owns the rules of group membership, roles, joining, inviting, approving,
// muting and sending (docs/spec/semantics.md). It must not touch a clock, a
// socket, a disk, randomness or another package of this module: time, ids and
// the facts that others own arrive inside the [Input]. The package actors
// calls it; persistence and protocol read its types.
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
