package group_test

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

// start is the time at which every test world begins.
const start group.Millis = 1_700_000_000_000

// world runs one machine with a made-up clock and made-up users. After every
// step it checks the invariants, the numbering, and that a rejection changed
// nothing; at its end, that journal and snapshots lead to the same state.
type world struct {
	t      testing.TB
	table  *group.Table
	limits group.Limits
	m      *group.Machine
	now    group.Millis
	facts  map[group.UserID]group.UserFact
	nextID group.ApplicationID
	steps  uint64

	journal []*group.Event
	stored  *group.Snapshot // all chunks of all snapshots so far
	req     uint64          // request id of the next command
}

func newWorld(t testing.TB) *world {
	w := &world{
		t: t, table: group.DefaultTable(), limits: group.DefaultLimits(), now: start,
		facts: map[group.UserID]group.UserFact{}, nextID: 1,
	}
	w.m = group.NewMachine(w.table, w.limits)
	t.Cleanup(func() {
		if !t.Failed() && w.m.Exists() {
			w.sameAfterReplay()
			w.sameAfterRestore()
		}
	})
	return w
}

// fact is what the world knows of a user: everybody exists unless said otherwise.
func (w *world) fact(u group.UserID) group.UserFact {
	if f, ok := w.facts[u]; ok {
		return f
	}
	return group.UserFact{Exists: true, Name: strings.ToUpper(string(u))}
}

func (w *world) caller(u group.UserID) group.Caller {
	switch {
	case u == "server":
		return group.Caller{System: true}
	case strings.HasPrefix(string(u), "root"):
		return group.Caller{User: u, AppAdmin: true, Name: w.fact(u).Name}
	}
	return group.Caller{User: u, Name: w.fact(u).Name}
}

// do gives a command to the machine.
func (w *world) do(u group.UserID, c group.Command) group.Decision {
	w.t.Helper()
	w.steps++
	in := &group.Input{
		Caller: w.caller(u), Now: w.now, NextID: w.nextID, Command: c, Request: w.req,
		Facts: map[group.UserID]group.UserFact{u: w.fact(u)},
	}
	w.req = 0
	binary.LittleEndian.PutUint64(in.Entropy[:], w.steps)
	for _, needed := range w.m.Needs(c) {
		in.Facts[needed] = w.fact(needed)
	}
	before := w.m.Digest()
	position, seq, ordinal := w.m.Position(), w.m.Seq(), w.m.Ordinal()
	plain := w.asOrdinary(in)
	d := w.m.Step(in)
	if plain != nil && !d.AsAppAdmin {
		require.Equal(w.t, plain, &d, "it rested on being an app_admin and does not say so")
	}
	require.NoError(w.t, w.m.Check())
	if len(d.Events) == 0 {
		require.Equal(w.t, before, w.m.Digest(), "no events, yet the state changed: %T", c)
	}
	if d.Reject != nil {
		require.Equal(w.t, group.Decision{Reject: d.Reject, AsAppAdmin: d.AsAppAdmin}, d)
	}
	for i, e := range d.Events {
		position, seq, ordinal = w.numbered(e, position, seq, ordinal)
		if r, ok := e.Body.(*group.Filed); ok {
			w.nextID = max(w.nextID, r.Record.ID+1)
		}
		require.Equal(w.t, i == 0 && in.Request != 0, e.Request != 0)
	}
	require.Equal(w.t, position, w.m.Position())
	require.Equal(w.t, seq, w.m.Seq())
	require.Equal(w.t, ordinal, w.m.Ordinal())
	return d
}

// numbered checks that an event has the next numbers, and journals it.
func (w *world) numbered(e *group.Event, p group.Position, s group.Seq, o uint64) (group.Position, group.Seq, uint64) {
	w.t.Helper()
	require.Equal(w.t, w.now, e.Time)
	if !e.Volatile() {
		p++
		require.Equal(w.t, p, e.Position)
		w.journal = append(w.journal, e)
	}
	if e.Seq != 0 {
		s++
		require.Equal(w.t, s, e.Seq)
		if _, ok := e.Body.(*group.Sent); ok {
			o++
		}
		require.Equal(w.t, o, e.Ordinal)
	}
	return p, s, o
}

// replayed is a machine made of the journal alone.
func (w *world) replayed() *group.Machine {
	m := group.NewMachine(w.table, w.limits)
	for _, e := range w.journal {
		m.Apply(e)
	}
	return m
}

func (w *world) sameAfterReplay() {
	w.t.Helper()
	m := w.replayed()
	require.NoError(w.t, m.Check())
	require.Equal(w.t, w.m.Digest(), m.Digest(), "replay leads elsewhere")
	require.Equal(w.t, w.m.Position(), m.Position())
}

// snapshot saves what changed, as storage would.
func (w *world) snapshot() *group.Snapshot {
	s := w.m.Snapshot()
	chunks := map[uint32]group.MemberChunk{}
	if w.stored != nil {
		for _, c := range w.stored.Chunks {
			chunks[c.Index] = c
		}
	}
	for _, c := range s.Chunks {
		chunks[c.Index] = c
	}
	all := *s
	all.Chunks = nil
	for index, c := range chunks {
		if index < s.ChunkCount {
			all.Chunks = append(all.Chunks, c)
		}
	}
	w.stored = &all
	return w.stored
}

func (w *world) restored() *group.Machine {
	w.t.Helper()
	m, err := group.Restore(w.table, w.limits, w.snapshot())
	require.NoError(w.t, err)
	return m
}

func (w *world) sameAfterRestore() {
	w.t.Helper()
	m := w.restored()
	require.NoError(w.t, m.Check())
	require.Equal(w.t, w.m.Digest(), m.Digest(), "restoring leads elsewhere")
	require.Equal(w.t, w.m.Position(), m.Position())
}

// must runs a command that has to be accepted.
func (w *world) must(u group.UserID, c group.Command) group.Decision {
	w.t.Helper()
	d := w.do(u, c)
	require.Nil(w.t, d.Reject, "%T by %s", c, u)
	return d
}

// users makes n user ids.
func users(prefix string, n int) []group.UserID {
	list := make([]group.UserID, n)
	for i := range list {
		list[i] = group.UserID(fmt.Sprintf("%s%d", prefix, i))
	}
	return list
}

func ptr[T any](v T) *T { return &v }

func text(s string) []group.Element {
	return []group.Element{{Type: group.ElementText, Text: s}}
}
