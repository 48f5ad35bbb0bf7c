package memory_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/journaltest"
	"github.com/troupe-im/troupe/persistence/memory"
)

func TestJournal(t *testing.T) {
	journaltest.Run(t, journaltest.Target{
		Open: func(t testing.TB) persistence.Journal {
			j := memory.New()
			t.Cleanup(func() { require.NoError(t, j.Close()) })
			return j
		},
	})
}
