package group_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/troupe-im/troupe/group"
)

// throng is a large group whose members are also kept as a plain list.
type throng struct {
	*rig
	members []group.UserID
	cards   map[group.UserID]string
	made    int
	now     group.Millis
}

func (c *throng) do(u group.UserID, command group.Command) group.Decision {
	c.t.Helper()
	c.now++
	in := &group.Input{Caller: group.Caller{User: u}, Now: c.now, Command: command, Facts: map[group.UserID]group.UserFact{u: {Exists: true}}}
	d := c.core.Step(in)
	if d.Reject != nil {
		c.fail("%T of %s: %v", command, u, d.Reject)
	}
	c.journal = append(c.journal, d.Events...)
	return d
}

func (c *throng) enter(n int) {
	c.t.Helper()
	for range n {
		c.made++
		u := group.UserID(fmt.Sprintf("u%d", c.made))
		c.do(u, group.Join{})
		c.members = append(c.members, u)
	}
}

// leave takes n members out, every step-th from one on.
func (c *throng) leave(from, n, step int) {
	c.t.Helper()
	for i := from; n > 0 && i < len(c.members); n-- {
		if u := c.members[i]; u != "ann" {
			c.do(u, group.Leave{})
			c.members = slices.Delete(c.members, i, i+1)
			delete(c.cards, u)
			i--
		}
		i += step
	}
}

// rename gives every step-th member from one on a name card.
func (c *throng) rename(from, n, step int, card string) {
	c.t.Helper()
	for i := from; n > 0 && i < len(c.members); n-- {
		c.do(c.members[i], group.SetNameCard{NameCard: card})
		c.cards[c.members[i]] = card
		i += step + 1
	}
}

// compare reads the members page by page, by cursor and by offset.
func (c *throng) compare(limit int) {
	c.t.Helper()
	if err := c.core.Check(); err != nil {
		c.fail("check: %v", err)
	}
	var byCursor, byOffset []group.UserID
	for cursor, more := "", true; more; {
		page := c.do("ann", group.ListMembers{Limit: limit, Cursor: cursor}).Result
		for i := range page.Members {
			m := &page.Members[i]
			byCursor = append(byCursor, m.User)
			if m.NameCard != c.cards[m.User] {
				c.fail("card of %s is %q, not %q", m.User, m.NameCard, c.cards[m.User])
			}
		}
		cursor, more = page.NextCursor, page.NextCursor != ""
	}
	for offset := 0; offset < len(c.members); offset += limit {
		page := c.do("ann", group.ListMembers{Limit: limit, Offset: offset}).Result
		for i := range page.Members {
			byOffset = append(byOffset, page.Members[i].User)
		}
	}
	for how, got := range map[string][]group.UserID{"cursor": byCursor, "offset": byOffset} {
		if diff := cmp.Diff(c.members, got, cmpopts.EquateEmpty()); diff != "" {
			c.fail("members by %s (want -, got +):\n%s", how, diff)
		}
	}
}

// sizes are about those of the parts in which members are kept.
var sizes = []int{1, 2, 60, 64, 100, 127, 128, 129, 250}

// TestLargeRoster lets crowds come and go past a plain list: pages, snapshots
// taken on the way and the journal must all show the same members in join order.
func TestLargeRoster(t *testing.T) {
	setRapid(t, 400)
	rapid.Check(t, func(t *rapid.T) {
		c := &throng{rig: newRig(t, group.DefaultTable(), group.DefaultLimits(), nil), now: 1000, cards: map[group.UserID]string{}}
		c.do("ann", group.Create{Group: "g", Stream: 1, Kind: group.Meeting, Name: "m"})
		c.members = []group.UserID{"ann"}
		for i, seed := range rapid.SliceOfN(rapid.Uint64(), 6, 14).Draw(t, "seeds") {
			pick := (&choices{seed: seed, step: uint64(i)}).pick
			switch pick(6) {
			case 0, 1:
				c.enter(sizes[pick(len(sizes))])
			case 2:
				from := pick(len(c.members))
				c.leave(from, sizes[pick(len(sizes))], pick(4))
			case 3:
				c.twin = nil
				c.snapshot()
				c.core = c.twin // go on with what was restored; the store keeps its chunks
			case 4:
				c.compare(1 + pick(100))
			case 5:
				from := pick(len(c.members))
				card := fmt.Sprint("card ", c.now)
				c.rename(from, sizes[pick(len(sizes))], pick(4), card)
			}
		}
		c.compare(100)
		c.snapshot()
		c.replay()
	})
}
