package group_test

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/group/internal/naive"
)

// failer is what a rig reports to: *testing.T or *rapid.T.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// rig runs the core and the naive model side by side.
type rig struct {
	t       failer
	table   *group.Table
	limits  group.Limits
	core    *group.Machine
	model   *naive.Model // nil: only the core's own promises are checked
	journal []*group.Event
	// twin is a machine restored from a snapshot of the core; it must go on like it.
	twin *group.Machine
	// chunks is what a store keeps of all snapshots so far.
	chunks  map[uint32]group.MemberChunk
	frozen  []frozen
	history []string
	now     group.Millis
}

func newRig(t failer, table *group.Table, limits group.Limits, model *naive.Model) *rig {
	return &rig{t: t, table: table, limits: limits, core: group.NewMachine(table, limits), model: model}
}

// step gives one command to all and compares.
func (r *rig) step(in *group.Input) group.Decision {
	r.t.Helper()
	r.history = append(r.history, fmt.Sprintf("%3d  %s", len(r.history)+1, naive.Show(in)))
	r.now = in.Now
	position, seq := r.core.Position(), r.core.Seq()
	d := r.core.Step(in)
	r.checkDecision(in, &d, position, seq)
	if r.twin != nil {
		r.sameDecision(&d, r.twin.Step(in))
	}
	if r.model != nil {
		before := r.model.Audience()
		p := r.model.Step(in)
		r.model.Learn(d.Events)
		out := naive.Outcome{Reject: d.Reject, Repeat: d.Repeat != nil, Result: d.Result, Effects: d.Effects}
		if d.Repeat != nil && d.Repeat.Position != 0 {
			out.Result = group.ResultOf(r.journal[d.Repeat.Position-1])
		}
		if diff := naive.Diff(in, p, before, r.model.Audience(), out); diff != "" {
			r.fail("the naive model (-) and the core (+) differ:\n%s", diff)
		}
		if want, got := r.model.Due(), r.core.Due(); want != got {
			r.fail("due: the naive model says %d, the core %d", want, got)
		}
	}
	return d
}

// checkDecision checks what holds of every decision.
func (r *rig) checkDecision(in *group.Input, d *group.Decision, position group.Position, seq group.Seq) {
	r.t.Helper()
	if d.Reject != nil && (d.Repeat != nil || len(d.Events) > 0 || len(d.Effects) > 0 || !cmp.Equal(d.Result, group.Result{})) {
		r.fail("rejected and decided at once")
	}
	if d.Repeat != nil && (len(d.Events) > 0 || len(d.Effects) > 0) {
		r.fail("a repeat has a second effect")
	}
	for _, e := range d.Events {
		if e.Position != 0 {
			position++
			if e.Position != position {
				r.fail("position %d follows %d", e.Position, position-1)
			}
			r.journal = append(r.journal, e)
		}
		if e.Seq != 0 {
			seq++
			if e.Seq != seq {
				r.fail("seq %d follows %d", e.Seq, seq-1)
			}
		}
		if e.Time != in.Now {
			r.fail("event of %d decided at %d", e.Time, in.Now)
		}
	}
	if r.core.Position() != position || r.core.Seq() != seq {
		r.fail("machine stands at %d/%d, its events at %d/%d", r.core.Position(), r.core.Seq(), position, seq)
	}
	if err := r.core.Check(); err != nil {
		r.fail("check: %v", err)
	}
}

// sameDecision compares with a machine that must decide alike.
func (r *rig) sameDecision(want *group.Decision, got group.Decision) {
	r.t.Helper()
	if diff := cmp.Diff(*want, got, cmpopts.EquateEmpty()); diff != "" {
		r.fail("the core (-) and the machine restored from its snapshot (+) decide differently:\n%s", diff)
	}
	if r.core.Digest() != r.twin.Digest() {
		r.fail("the restored machine's digest is another")
	}
}

// snapshot makes the twin anew from a snapshot of now.
func (r *rig) snapshot() {
	r.t.Helper()
	if !r.core.Exists() {
		return
	}
	twin, err := group.Restore(r.table, r.limits, r.stored())
	if err != nil {
		r.fail("restore: %v", err)
	}
	if err := twin.Check(); err != nil {
		r.fail("restored: %v", err)
	}
	if r.core.Digest() != twin.Digest() {
		r.fail("the restored machine's digest is another")
	}
	if r.core.Kind() == group.Livestream {
		return // presence is not in a snapshot
	}
	for _, e := range r.journal {
		if e.Time > r.now-group.Millis(r.limits.DedupeMillis) {
			twin.Recall(e)
		}
	}
	r.twin = twin
}

// frozen is a part of a snapshot as given and as it was then.
type frozen struct{ given, copied []group.MemberState }

// stored is what a store would load after the newest snapshot: the newest head
// and the newest of each chunk.
func (r *rig) stored() *group.Snapshot {
	snap := *r.core.Snapshot()
	if r.chunks == nil {
		r.chunks = map[uint32]group.MemberChunk{}
	}
	for _, old := range r.frozen {
		if diff := cmp.Diff(old.copied, old.given); diff != "" {
			r.fail("a snapshot was changed after it was taken:\n%s", diff)
		}
	}
	for _, c := range snap.Chunks {
		r.chunks[c.Index] = c
		r.frozen = append(r.frozen, frozen{c.Members, slices.Clone(c.Members)})
	}
	maps.DeleteFunc(r.chunks, func(i uint32, c group.MemberChunk) bool { return i >= snap.ChunkCount || len(c.Members) == 0 })
	snap.Chunks = slices.Collect(maps.Values(r.chunks))
	return &snap
}

// replay brings a fresh machine to the same state by the journal.
func (r *rig) replay() {
	r.t.Helper()
	fresh := group.NewMachine(r.table, r.limits)
	for _, e := range r.journal {
		fresh.Apply(e)
	}
	if err := fresh.Check(); err != nil {
		r.fail("replayed: %v", err)
	}
	if r.core.Digest() != fresh.Digest() {
		r.fail("replay of the journal leads to another digest")
	}
}

func (r *rig) fail(format string, args ...any) {
	r.t.Helper()
	r.t.Fatalf("%s\n\ncommands so far:\n%s", fmt.Sprintf(format, args...), strings.Join(r.history, "\n"))
}

// TestAgreesWithNaive runs random stories past the core and the naive model.
func TestAgreesWithNaive(t *testing.T) {
	setRapid(t, 400)
	for _, kind := range group.Kinds {
		t.Run(fmt.Sprintf("kind %d", kind), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { story(t, kind) })
		})
	}
}

// setRapid has rapid run so many checks, unless the command line asks for
// another number, and leave no files behind.
func setRapid(t *testing.T, checks int) {
	t.Helper()
	require.NoError(t, flag.Set("rapid.nofailfile", "true"))
	if n := flag.Lookup("rapid.checks"); n.Value.String() == n.DefValue && !testing.Short() {
		require.NoError(t, flag.Set("rapid.checks", strconv.Itoa(checks)))
	}
}

func story(t *rapid.T, kind group.Kind) {
	seeds := rapid.SliceOfN(rapid.Uint64(), 40, 80).Draw(t, "seeds")
	c := &choices{seed: seeds[0]}
	r, s := drawWorld(t, kind, c.pick)
	for i, seed := range seeds[1:] {
		if seed == 0 {
			continue // so that shrinking can leave steps out
		}
		*c = choices{seed: seed, step: uint64(i)}
		if s.Model.Over() && c.pick(2) == 1 {
			break
		}
		if c.pick(20) == 19 {
			r.snapshot()
		}
		r.step(s.Next())
	}
	r.replay()
}

// choices makes the choices of one step out of one number; of 0, the plainest.
// (Numbers drawn one by one would mostly be small.)
type choices struct{ seed, step, made uint64 }

func (c *choices) pick(n int) int {
	if c.seed == 0 {
		return 0
	}
	c.made++
	x := c.seed*0x9e3779b97f4a7c15 + c.step*0xbf58476d1ce4e5b9 + c.made*0x94d049bb133111eb
	x = (x ^ x>>31) * 0xd6e8feb86659fd93
	x = (x ^ x>>29) * 0xa0761d6478bd642f
	return int((x ^ x>>32) % uint64(n))
}

// drawWorld makes a rig and a script for groups of a kind, with some policies
// overridden and small limits.
func drawWorld(t failer, kind group.Kind, pick naive.Pick) (*rig, *naive.Script) {
	t.Helper()
	table, rows, limits, numbers := group.DefaultTable(), naive.Defaults(), group.DefaultLimits(), naive.SpecNumbers
	users := 2 + pick(5)
	all := naive.Overrides()
	for range pick(4) {
		o := all[pick(len(all))]
		if err := table.Override(kind, o.Key, o.Value); err == nil {
			row := rows[kind]
			o.Set(&row)
			rows[kind] = row
		}
	}
	if pick(2) == 1 {
		limits.MaxAdmins, numbers.Admins = 1, 1
	}
	model := naive.New(rows, numbers)
	r := newRig(t, table, limits, model)
	r.history = append(r.history, fmt.Sprintf("policy: %+v", rows[kind]))
	return r, naive.NewScript(kind, users, model, pick)
}
