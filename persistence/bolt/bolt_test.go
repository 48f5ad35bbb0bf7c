package bolt_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/bolt"
	"github.com/troupe-im/troupe/persistence/journaltest"
	"github.com/troupe-im/troupe/persistence/memory"
)

// fast leaves out the waits for the disk and the big mapping.
var fast = bolt.Options{NoSync: true, InitialMmapSize: 1 << 20, DiskReserve: -1}

func openAt(t testing.TB, path string, o bolt.Options) *bolt.Journal {
	t.Helper()
	j, err := bolt.Open(path, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, j.Close()) })
	return j
}

func TestJournal(t *testing.T) {
	for name, o := range map[string]bolt.Options{
		"ordinary":          fast,
		"never aside":       bolt.Aside(fast, 1, 0, 0),
		"briefly aside":     bolt.Aside(fast, 3, 4, 2000),
		"by rows":           bolt.Aside(fast, 1000, 3, 1<<20),
		"by size":           bolt.Aside(fast, 1000, 1000, 100),
		"when many":         bolt.Aside(fast, 5, 1000, 1<<20),
		"as long as can be": bolt.Aside(fast, 1000, 1000, 1<<30),
	} {
		t.Run(name, func(t *testing.T) { testJournal(t, o) })
	}
}

func testJournal(t *testing.T, o bolt.Options) { journaltest.Run(t, target(o)) }

// The journal in memory takes another way to everything but the engine.
func TestAgreesWithMemory(t *testing.T) {
	plain := journaltest.Target{Open: func(testing.TB) persistence.Journal { return memory.New() }}
	roomy := fast
	roomy.InitialMmapSize = 64 << 20 // a larger mapping would wait for the views
	for name, o := range map[string]bolt.Options{
		"ordinary":      roomy,
		"briefly aside": bolt.Aside(roomy, 3, 4, 2000),
	} {
		t.Run(name, func(t *testing.T) { journaltest.RunPair(t, plain, target(o)) })
	}
}

func target(o bolt.Options) journaltest.Target {
	paths := map[persistence.Journal]string{}
	open := func(t testing.TB, path string) persistence.Journal {
		j := openAt(t, path, o)
		paths[j] = path
		return j
	}
	return journaltest.Target{
		Open: func(t testing.TB) persistence.Journal {
			dir, err := os.MkdirTemp(t.TempDir(), "")
			require.NoError(t, err)
			return open(t, filepath.Join(dir, "troupe.db"))
		},
		Reopen: func(t testing.TB, j persistence.Journal) persistence.Journal {
			require.NoError(t, j.Close())
			require.NoError(t, bolt.Verify(paths[j], nil))
			return open(t, paths[j])
		},
		Restore: func(t testing.TB, backup []byte) persistence.Journal {
			path := filepath.Join(t.TempDir(), "restored.db")
			require.NoError(t, os.WriteFile(path, backup, 0o600))
			return open(t, path)
		},
	}
}
