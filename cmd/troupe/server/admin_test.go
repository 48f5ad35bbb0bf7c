package server

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/memory"
)

// stalling takes no bytes once it has been given a time until which it must.
type stalling struct {
	*httptest.ResponseRecorder
	until []time.Time
}

func (s *stalling) SetWriteDeadline(t time.Time) error {
	s.until = append(s.until, t)
	return nil
}

func (s *stalling) Write(p []byte) (int, error) {
	if len(s.until) > 0 {
		return 0, os.ErrDeadlineExceeded
	}
	return s.ResponseRecorder.Write(p)
}

func TestBackupDoesNotWaitForEver(t *testing.T) {
	j := memory.New()
	row := persistence.UserOp(&persistence.UserRow{User: "ann"})
	require.NoError(t, j.Commit(t.Context(), []*persistence.Append{{Rows: []persistence.RowOp{row}}}))
	s := &Server{journal: &switched{Journal: j}, log: slog.New(slog.DiscardHandler)}
	began := time.Now()
	w := &stalling{ResponseRecorder: httptest.NewRecorder()}
	require.PanicsWithValue(t, http.ErrAbortHandler, func() {
		s.serveBackup(w, httptest.NewRequest(http.MethodPost, BackupPath, nil))
	})
	require.Len(t, w.until, 2)
	require.WithinRange(t, w.until[0], began.Add(backupStall), time.Now().Add(backupStall))
	require.Zero(t, w.until[1], "other requests of the connection are not held to it")
}
