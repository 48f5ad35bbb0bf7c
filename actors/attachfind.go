package actors

import (
	"sync/atomic"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// What an attach is about.

// find finds the streams of the groups named and, with rest live, of all other
// joined groups.
func (j *attachJob) find(tx persistence.Tx) error {
	for _, from := range j.req.GetAttach().GetGroups() {
		st := attachStream{group: group.ID(from.GetGroupId()), named: true, from: from}
		if j.names(st.group) {
			continue
		}
		if e := protocol.CheckGroupID(from.GetGroupId()); e != nil {
			st.state, st.drop = &troupev1.StreamState{GroupId: from.GetGroupId()}, true
			stateError(st.state, e.Code)
			j.streams = append(j.streams, st)
			continue
		}
		name, ok, err := persistence.LookupGroup(tx, st.group)
		if err != nil {
			return err
		}
		if !ok || name.ReservedUntil != 0 {
			st.state = &troupev1.StreamState{GroupId: from.GetGroupId()}
			stateError(st.state, group.CodeGroupNotFound)
			st.drop = true
		} else {
			st.stream, st.live = name.Stream, name.Kind == group.Livestream
		}
		j.streams = append(j.streams, st)
	}
	if !j.rest {
		return nil
	}
	for _, room := range j.rooms {
		if !j.names(room) {
			j.streams = append(j.streams, attachStream{group: room, live: true})
		}
	}
	seen := make(map[group.StreamID]bool, len(j.streams))
	for i := range j.streams {
		seen[j.streams[i].stream] = true
	}
	return persistence.Memberships(tx, j.link.user, func(row *persistence.MemberRow) bool {
		if row.Role != group.NoRole && !seen[row.Stream] && row.Kind != group.Livestream {
			j.streams = append(j.streams, attachStream{group: row.Group, stream: row.Stream})
		}
		return true
	})
}

func (j *attachJob) names(id group.ID) bool {
	for i := range j.streams {
		if j.streams[i].group == id {
			return true
		}
	}
	return false
}

// askLive asks the actors of the livestreams of an attach; the last answer
// sends the job on.
func (j *attachJob) askLive() {
	var waiting atomic.Int32
	waiting.Store(1)
	done := func() {
		if waiting.Add(-1) == 0 {
			j.sys.root.Send(j.sys.delivery.shards[j.link.shard], &attachTo{link: j.link, job: j})
		}
	}
	for i := range j.streams {
		st := &j.streams[i]
		if !st.live {
			continue
		}
		st.catch = &catchUp{lags: j.lags}
		waiting.Add(1)
		then := func(stream group.StreamID, state *troupev1.StreamState, after group.Seq, ok bool) {
			st.stream, st.state, st.drop = stream, state, !ok
			st.head, st.next = after, after+1
			done()
		}
		e := j.sys.directory.take(st.group, true)
		e.lastUsed.Store(j.sys.now())
		e.send(j.sys, &subscribeLive{link: j.link, catch: st.catch, from: st.from, then: then})
		e.waiting.Add(-1)
	}
	done()
}
