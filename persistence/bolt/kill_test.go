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

// killStreams is how many streams the child writes to: enough for their
// entries to be set aside and moved.
const killStreams = 10

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
			all := heads{}
			for i := range group.StreamID(killStreams) {
				all[stream+i] = group.Position(stored)
			}
			all.require(t, tx)
			return nil
		}))
		require.NoError(t, j.Close())
	}
	require.GreaterOrEqual(t, acknowledged, 78)
}

// acknowledge stores an entry in each of the streams, for ever, and prints the
// position when all are stored.
func acknowledge(t *testing.T, path string) {
	j, err := bolt.Open(path, bolt.Options{DiskReserve: -1})
	require.NoError(t, err)
	all, streams := heads{}, []group.StreamID{}
	for i := range group.StreamID(killStreams) {
		streams = append(streams, stream+i)
		all[stream+i] = head(t, j).Position
	}
	for p := int(head(t, j).Position); ; p++ {
		batch := all.appends(streams...)
		batch[0].Rows = []persistence.RowOp{{Op: persistence.OpAdd, Table: persistence.TableCounts, Key: counter, Delta: 1}}
		commit(t, j, batch)
		fmt.Println(p + 1)
	}
}
