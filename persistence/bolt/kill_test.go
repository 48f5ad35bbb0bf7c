package bolt_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/bolt"
)

// killEnv names the file of the child process of TestAcknowledgedSurvivesKill.
const killEnv = "TROUPE_KILL_TEST_FILE"

// counter is the row that counts what the child stores.
var counter = persistence.UserNameKey("ann", persistence.CountGroups)

// TestAcknowledgedSurvivesKill lets a child process store and acknowledge
// entries until it is killed, again and again on one file.
func TestAcknowledgedSurvivesKill(t *testing.T) {
	if path := os.Getenv(killEnv); path != "" {
		acknowledge(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), "troupe.db")
	acknowledged := 0
	for round, n := range []int{1, 17, 60} {
		child := exec.Command(os.Args[0], "-test.run=^TestAcknowledgedSurvivesKill$")
		child.Env = append(os.Environ(), killEnv+"="+path)
		out, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		lines := bufio.NewScanner(out)
		for range n {
			require.True(t, lines.Scan(), "round %d: the child ended early", round)
			acknowledged, err = strconv.Atoi(lines.Text())
			require.NoError(t, err)
		}
		require.NoError(t, child.Process.Kill())
		require.Error(t, child.Wait())

		require.NoError(t, bolt.Verify(path, nil))
		j, err := bolt.Open(path, fast)
		require.NoError(t, err)
		stored := int(head(t, j).Position)
		require.GreaterOrEqual(t, stored, acknowledged)
		require.NoError(t, j.View(func(tx persistence.Tx) error {
			require.Equal(t, uint64(stored), persistence.Uint64(tx.Get(persistence.TableCounts, counter)), "rows go with their entries")
			return nil
		}))
		require.NoError(t, j.Close())
	}
	require.GreaterOrEqual(t, acknowledged, 78)
}

// acknowledge stores entries for ever and prints the position of each stored one.
func acknowledge(t *testing.T, path string) {
	j, err := bolt.Open(path, bolt.Options{DiskReserve: -1})
	require.NoError(t, err)
	for p := int(head(t, j).Position); ; p++ {
		a := &persistence.Append{
			Stream: stream, After: group.Position(p), Entries: entries(p, 1, 300),
			Rows: []persistence.RowOp{{Op: persistence.OpAdd, Table: persistence.TableCounts, Key: counter, Delta: 1}},
		}
		require.NoError(t, j.Commit(t.Context(), []*persistence.Append{a}))
		require.NoError(t, a.Err)
		fmt.Println(p + 1)
	}
}
