// Package server wires a Troupe server: storage, policy table, tokens, actors,
// edge. It owns the order in which they start and stop and no behaviour of its
// own. Command troupe serves with it; end-to-end tests start it in their own
// process, with an injected clock and journal.
//
//	journal ◄── actors.System ◄── gateway.Server ◄── listener
//
// It stops from the outside in: the gateway drains the connections, the actors
// finish what was accepted, then the journal is closed.
package server
