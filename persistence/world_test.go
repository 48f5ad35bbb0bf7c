package persistence_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/memory"
)

const (
	start group.Millis = 1_700_000_000_000
	day   group.Millis = 86_400_000
)

// world is a journal with a few machines over it: what they decide is stored
// as the actors store it.
type world struct {
	testing.TB
	j      *memory.Journal
	now    group.Millis
	nextID group.ApplicationID
	groups map[group.ID]*group.Machine
	table  *group.Table
	ops    []persistence.RowOp // of the last command
	given  [][]persistence.Numbered
}

func newWorld(t testing.TB) *world {
	j := memory.New()
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	return &world{TB: t, j: j, now: start, nextID: 100, groups: map[group.ID]*group.Machine{}, table: group.DefaultTable()}
}

var everybody = []group.UserID{"ann", "bob", "cid", "dan", "eve"}

// do lets a user carry out a command, which must be accepted.
func (w *world) do(id group.ID, u group.UserID, c group.Command) group.Decision {
	w.Helper()
	return w.by(id, group.Caller{User: u, Name: string(u)}, c)
}

func (w *world) admin(id group.ID, c group.Command) group.Decision {
	w.Helper()
	return w.by(id, group.Caller{User: "root", AppAdmin: true}, c)
}

func (w *world) by(id group.ID, caller group.Caller, c group.Command) group.Decision {
	w.Helper()
	w.now++
	m := w.groups[id]
	facts := map[group.UserID]group.UserFact{}
	for _, u := range everybody {
		facts[u] = group.UserFact{Exists: true, Name: string(u)}
	}
	in := &group.Input{Caller: caller, Now: w.now, Facts: facts, NextID: w.nextID, Command: c}
	w.nextID += 300
	d := m.Step(in)
	require.Nil(w, d.Reject)
	w.ops = persistence.RowsOf(m, &d)
	a := &persistence.Append{Stream: m.Stream(), Rows: w.ops}
	for _, e := range d.Events {
		if e.Volatile() {
			continue
		}
		entry := persistence.Entry{Position: e.Position, Data: persistence.EncodeEvent(e)}
		if m.Kind() != group.Livestream {
			entry.Seq = e.Seq
		}
		a.Entries = append(a.Entries, entry)
	}
	a.After = m.Position() - group.Position(len(a.Entries))
	require.NoError(w, w.j.Commit(w.Context(), []*persistence.Append{a}))
	require.NoError(w, a.Err)
	w.given = a.Numbers
	return d
}

// create makes a group owned by ann; stream is chosen by the test.
func (w *world) create(id group.ID, s group.StreamID, kind group.Kind, initial ...group.UserID) {
	w.Helper()
	w.createWith(group.Create{Group: id, Stream: s, Kind: kind, Name: string(id)}, initial...)
}

func (w *world) createWith(c group.Create, initial ...group.UserID) {
	w.Helper()
	for _, u := range initial {
		c.InitialMembers = append(c.InitialMembers, group.InitialMember{User: u})
	}
	w.groups[c.Group] = group.NewMachine(w.table, group.DefaultLimits())
	w.do(c.Group, "ann", c)
}

func (w *world) say(id group.ID, u group.UserID, text string) {
	w.Helper()
	w.do(id, u, group.Send{Elements: []group.Element{{Type: group.ElementText, Text: text}}})
}

func (w *world) view(fn func(persistence.Tx)) {
	w.Helper()
	require.NoError(w, w.j.View(func(tx persistence.Tx) error {
		fn(tx)
		return nil
	}))
}

func (w *world) rows(ops ...persistence.RowOp) [][]persistence.Numbered {
	w.Helper()
	a := &persistence.Append{Rows: ops}
	require.NoError(w, w.j.Commit(w.Context(), []*persistence.Append{a}))
	require.NoError(w, a.Err)
	return a.Numbers
}

func (w *world) member(u group.UserID, s group.StreamID) (row persistence.MemberRow, ok bool) {
	w.Helper()
	w.view(func(tx persistence.Tx) {
		var err error
		row, ok, err = persistence.Membership(tx, u, s)
		require.NoError(w, err)
	})
	return row, ok
}

func (w *world) row(s group.StreamID) (row persistence.GroupRow) {
	w.Helper()
	w.view(func(tx persistence.Tx) {
		var ok bool
		var err error
		row, ok, err = persistence.ReadGroupRow(tx, s)
		require.NoError(w, err)
		require.True(w, ok)
	})
	return row
}

func (w *world) groupCount(u group.UserID, limit int) (n int) {
	w.Helper()
	w.view(func(tx persistence.Tx) {
		var err error
		n, err = persistence.GroupCount(tx, u, limit)
		require.NoError(w, err)
	})
	return n
}

// inbox gives the types of a user's notices by number.
func (w *world) inbox(u group.UserID) []group.NoticeType {
	w.Helper()
	var types []group.NoticeType
	w.view(func(tx persistence.Tx) {
		list, err := persistence.Inbox(tx, u, 0, 0, false)
		require.NoError(w, err)
		for i, e := range list {
			require.Equal(w, uint64(i+1), e.Seq)
			types = append(types, e.Notice.Type)
		}
	})
	return types
}
