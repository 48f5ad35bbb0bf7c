package journaltest

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// RunPair holds two adapters against each other: random batches of every op go
// to both, well formed or not, and all answers and reads must agree. The second
// is opened again, restored from its backup and read by views that stay open, in
// between. So they need not be as obvious as the twin of Run.
func RunPair(t *testing.T, plain, target Target) {
	fixSeed(t)
	rapid.Check(t, func(rt *rapid.T) {
		p := &pair{T: rt, tb: t, target: target, plain: plain.Open(t), other: target.Open(t)}
		defer p.release()
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			p.step()
		}
		p.release()
		require.Equal(rt, p.dump(p.plain), p.dump(p.other))
	})
}

type pair struct {
	*rapid.T
	tb           testing.TB
	target       Target
	plain, other persistence.Journal
	views        []*heldView
}

func (p *pair) step() {
	switch rapid.IntRange(0, 13).Draw(p.T, "step") {
	case 0:
		if p.target.Reopen != nil {
			p.release()
			p.other = p.target.Reopen(p.tb, p.other)
		}
	case 1:
		if p.target.Restore != nil {
			var backup bytes.Buffer
			require.NoError(p.T, p.other.Backup(&backup))
			copied := p.target.Restore(p.tb, backup.Bytes())
			require.Equal(p.T, p.dump(p.other), p.dump(copied))
			require.NoError(p.T, copied.Close())
		}
	case 2:
		p.hold()
	case 3:
		p.release()
	case 4:
		// An adapter may remember for a while what views need.
		p.hold()
		p.commit(p.batch())
		p.many(rapid.SampledFrom([]int{3, 140}).Draw(p.T, "commits"))
	default:
		p.commit(p.batch())
		p.read()
	}
}

// many commits go by while views are open. They leave most streams alone.
func (p *pair) many(n int) {
	for i := range n {
		var batch []*persistence.Append
		for _, s := range pairStreams[:2] {
			head := p.head(s)
			e := persistence.Entry{Position: head.Position + 1, Seq: head.Seq + 1, Data: []byte{byte(i)}}
			batch = append(batch, &persistence.Append{Stream: s, After: head.Position, Entries: []persistence.Entry{e}})
		}
		p.commit(batch)
	}
}

func (p *pair) head(s group.StreamID) (head persistence.Head) {
	require.NoError(p.T, p.plain.View(func(tx persistence.Tx) error {
		head = tx.Head(s)
		return nil
	}))
	return head
}

// commit carries a batch out in both.
func (p *pair) commit(batch []*persistence.Append) {
	twins := make([]*persistence.Append, len(batch))
	for i, a := range batch {
		twin := *a
		twins[i] = &twin
	}
	require.NoError(p.T, p.plain.Commit(p.tb.Context(), batch))
	require.NoError(p.T, p.other.Commit(p.tb.Context(), twins))
	for i, a := range batch {
		require.Equal(p.T, faultOf(a.Err), faultOf(twins[i].Err), "append %d", i)
		require.Equal(p.T, a.Numbers, twins[i].Numbers, "append %d", i)
	}
}

// faultOf is the sentinel of an append's error: texts may differ.
func faultOf(err error) error {
	for _, known := range []error{persistence.ErrConflict, persistence.ErrCorrupt, persistence.ErrFull} {
		if errors.Is(err, known) {
			return known
		}
	}
	return err
}

// heldView reads all twice: when it begins, and when it is released.
type heldView struct{ end, ended chan struct{} }

func (p *pair) hold() {
	v, begun := &heldView{make(chan struct{}), make(chan struct{})}, make(chan struct{})
	p.views = append(p.views, v)
	then := p.dump(p.plain)
	go func() {
		defer close(v.ended)
		err := p.other.View(func(tx persistence.Tx) error {
			close(begun)
			<-v.end
			if now := dumpOf(tx); !slices.Equal(then, now) {
				p.tb.Errorf("a view does not see what was stored when it began:\n%q\n%q", then, now)
			}
			return nil
		})
		if err != nil {
			p.tb.Errorf("view: %v", err)
		}
	}()
	<-begun
}

func (p *pair) release() {
	for _, v := range p.views {
		close(v.end)
		<-v.ended
	}
	p.views = nil
}
