// Package naive is a second, deliberately slow reading of the group rules
// (docs/spec/semantics.md, sections 2 to 10, 13 to 16, 19.17), written only to
// be compared with the real core in tests.
//
// It keeps a list of all that ever happened in a group and answers every
// question by walking that list from the start. It shares with package group
// the types of commands, results and frames, and nothing that decides: its
// policy table is typed anew from the spec.
//
// Nothing but tests may import it.
package naive
