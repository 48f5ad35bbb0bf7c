package actors

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// TestDeletionsOfOneID: an id that was deleted twice names two users, one after
// the other, and then a third.
func TestDeletionsOfOneID(t *testing.T) {
	now := int64(1000)
	d := &deletions{now: func() int64 { return now }}
	shown := func(at group.Millis) group.UserID {
		if e := d.At("bob", at); e != nil {
			return e.ID
		}
		return "bob"
	}
	require.Nil(t, d.closed("bob"))
	require.Equal(t, group.UserID("bob"), shown(1))
	require.False(t, d.some.Load(), "nothing is looked at where nobody was deleted")

	require.True(t, d.reserve("bob"))
	require.False(t, d.reserve("bob"), "one at a time")
	require.Equal(t, errUnavailable().Code, d.closed("bob").Code)
	require.Equal(t, group.UserID("bob"), shown(1), "not in force yet")
	d.release("bob")
	require.Nil(t, d.closed("bob"))

	require.True(t, d.reserve("bob"))
	row := persistence.Deletion{User: "bob", At: 1000, Until: 2000, ShownAs: "first", EraseMessages: true}
	d.stored(&row)
	require.Equal(t, group.CodeAccountDeleted, d.closed("bob").Code)
	require.Nil(t, d.closed("ann"))
	require.Equal(t, group.Millis(1000), d.At("bob", 5).Erased)
	now = 2500
	require.NotNil(t, d.closed("bob"), "closed as long as the work lasts")
	require.Equal(t, group.UserID("first"), shown(2400), "and what it does is the deleted user's")
	require.NotNil(t, d.whileOpen("bob", func() { t.Fatal("closed") }))

	row.Done, row.Until = true, 2501
	d.stored(&row)
	require.NotNil(t, d.closed("bob"))
	now = 2501
	require.Nil(t, d.closed("bob"))
	require.Nil(t, d.Present("bob"))
	ran := false
	require.Nil(t, d.whileOpen("bob", func() { ran = true }))
	require.True(t, ran)

	again := &deletions{now: d.now}
	second := persistence.Deletion{User: "bob", At: 3000, Until: 4000, ShownAs: "second", Done: true}
	for _, d := range []*deletions{again, d} {
		if d == again {
			d.load(&row)
			d.load(&second)
		} else {
			require.True(t, d.reserve("bob"))
			d.stored(&second)
		}
		for at, want := range map[group.Millis]group.UserID{
			1: "first", 2500: "first", 2501: "second", 3999: "second", 4000: "bob", 9000: "bob",
		} {
			e := d.At("bob", at)
			if want == "bob" {
				require.Nil(t, e)
				continue
			}
			require.Equal(t, want, e.ID, "%d", at)
			require.Equal(t, want == "first", e.Erased != 0)
		}
	}
}

func TestDeletedIDs(t *testing.T) {
	seen := map[group.UserID]bool{}
	for range 1000 {
		id := deletedID()
		require.Regexp(t, `^@DELETED#[A-Z2-7]{10}$`, string(id))
		require.False(t, seen[id])
		seen[id] = true
	}
}
