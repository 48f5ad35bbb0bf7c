package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/bolt"
)

// A group whose entries are all past their time is as sound as before, and so is
// one that was dismissed, also while it is being removed.
func TestInspectWhatWasRemoved(t *testing.T) {
	dir, url, _, server := populated(t)
	for _, id := range []string{"attic", "cellar"} {
		ok(t, "call", "--server", url, "ann", "create_group", `{"kind":"custom","group_id":"`+id+`","name":"x"}`)
		ok(t, "call", "--server", url, "ann", "update_group_profile", `{"group_id":"`+id+`","introduction":"y"}`)
		ok(t, "call", "--server", url, "ann", "dismiss_group", `{"group_id":"`+id+`"}`)
	}
	require.Zero(t, server.end())
	j, err := bolt.Open(filepath.Join(dir, "troupe.db"), bolt.Options{})
	require.NoError(t, err)
	ops := func(id group.ID) (trim, forget persistence.RowOp) {
		require.NoError(t, j.View(func(tx persistence.Tx) error {
			name, _, err := persistence.LookupGroup(tx, id)
			key := persistence.StreamKey(name.Stream)
			trim = persistence.RowOp{Op: persistence.OpTrim, Key: key, Delta: int64(tx.Head(name.Stream).Seq)}
			forget = persistence.RowOp{Op: persistence.OpForget, Key: key, Cap: 1}
			return err
		}))
		return trim, forget
	}
	trim, _ := ops("hall")
	_, part := ops("attic")
	_, whole := ops("cellar")
	whole.Cap = 0
	a := &persistence.Append{Rows: []persistence.RowOp{trim, part, whole}}
	require.NoError(t, j.Commit(t.Context(), []*persistence.Append{a}))
	require.NoError(t, a.Err)
	require.NoError(t, j.Close())
	out := ok(t, "inspect", "--data", dir, "--verify")
	require.Contains(t, out, "3 groups, 0 not sound")
	require.Equal(t, 2, strings.Count(out, "oldest events are no longer kept"), out)
	require.Contains(t, ok(t, "inspect", "--data", dir, "--verify", "hall"), "oldest events are no longer kept")
}

// A journal whose pages are damaged is told by inspect, and a backup takes its
// place; one that is damaged itself does not.
func TestDamagedJournal(t *testing.T) {
	dir, _, _, server := populated(t)
	require.Zero(t, server.end())
	path, backup := filepath.Join(dir, "troupe.db"), filepath.Join(t.TempDir(), "backup.db")
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(backup, whole, 0o600))
	for at := 2 * os.Getpagesize(); at < len(whole); at++ {
		whole[at] = 255
	}
	require.NoError(t, os.WriteFile(path, whole, 0o600))

	e := troupe(t, "inspect", "--data", dir, "--verify")
	require.Equal(t, 1, e.code)
	require.Contains(t, e.stderr, "corrupt")
	e = troupe(t, "restore", "--from", path, "--data", t.TempDir())
	require.Equal(t, 1, e.code)
	require.Contains(t, e.stderr, "not sound")
	ok(t, "restore", "--from", backup, "--data", dir, "--replace")
	require.Contains(t, ok(t, "inspect", "--data", dir, "--verify"), "1 groups, 0 not sound")
}
