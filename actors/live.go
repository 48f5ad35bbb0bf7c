package actors

import (
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// subscribeLive asks the actor of a livestream to attach a device of a user
// who is present in it (spec 18.3).
type subscribeLive struct {
	link  *link
	catch *catchUp
	from  *troupev1.GroupFrom
	then  func(stream group.StreamID, state *troupev1.StreamState, after group.Seq, ok bool)
}

// subscribeLater answers the attaches that had to wait.
func (g *groupActor) subscribeLater() {
	for len(g.later) > 0 {
		g.subscribeLive(g.later[0])
		g.later = g.later[1:]
	}
	g.later = nil
}

// subscribeLive answers and, if the user is present, has the shard hold what
// comes from here on until the attach is answered.
func (g *groupActor) subscribeLive(m *subscribeLive) {
	g.sys.failAt(FaultSubscribe)
	state := &troupev1.StreamState{GroupId: string(g.entry.id)}
	if g.loadError != nil {
		m.then(g.stream, unavailableState(g.entry.id), 0, false)
		return
	}
	if !g.machine.Exists() || g.machine.Dismissed() {
		stateError(state, group.CodeGroupNotFound)
		m.then(g.stream, state, 0, false)
		return
	}
	if _, present := g.machine.Member(m.link.user); !present {
		stateError(state, group.CodeNotMember)
		m.then(g.stream, state, 0, false)
		return
	}
	// What is decided and not yet told is still to come.
	seq, _ := g.aud.last()
	state.Code, state.Epoch, state.NextSeq = codeOK(), g.epoch, proto.Uint64(uint64(seq)+1)
	if m.from != nil && m.from.LastSeq != nil {
		last := m.from.GetLastSeq()
		switch {
		case m.from.GetEpoch() != g.epoch || last > uint64(seq):
			state.Gap = &troupev1.Gap{From: 1, To: uint64(seq), Reset_: true}
		case last < uint64(seq):
			state.Gap = &troupev1.Gap{From: last + 1, To: uint64(seq)}
		}
	}
	g.subscribe(m.link, m.catch)
	m.then(g.stream, state, seq, true)
}

// subscribe has a device's or guest's shard listen from the newest number on.
func (g *groupActor) subscribe(l *link, c *catchUp) {
	seq, _ := g.aud.last()
	g.aud.counts[l.shard].Add(1)
	g.sys.root.Send(g.sys.delivery.shards[l.shard], &subscribe{link: l, aud: g.aud, after: seq, catch: c})
}

func unavailableState(id group.ID) *troupev1.StreamState {
	state := &troupev1.StreamState{GroupId: string(id)}
	stateError(state, protocol.CodeUnavailable)
	return state
}
