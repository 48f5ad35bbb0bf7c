package server

import (
	"io"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// BackupPath is where the admin listener gives a hot copy of the journal, to a
// POST without Origin.
const BackupPath = "/backup"

// FreePath is where the admin listener collects garbage and gives free memory
// back, so that what is left can be measured.
const FreePath = "/debug/free"

func (s *Server) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", s.gateway.AdminHandler())
	mux.HandleFunc("POST "+BackupPath, s.serveBackup)
	mux.HandleFunc("POST "+FreePath, func(w http.ResponseWriter, _ *http.Request) {
		debug.FreeOSMemory()
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

// serveBackup streams a consistent copy. Browsers, which name their origin, are
// refused: a page that an operator visits must not fetch the journal.
func (s *Server) serveBackup(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Origin") != "" {
		http.Error(w, "not for browsers", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	control := http.NewResponseController(w)
	// The connection may serve other requests.
	defer func() { _ = control.SetWriteDeadline(time.Time{}) }()
	if err := s.journal.Backup(steady{w, control}); err != nil {
		s.log.Error("backup", slog.Any("err", err))
		// Too late for a status: break the transfer, so that it cannot be taken
		// for a whole one.
		panic(http.ErrAbortHandler)
	}
}

// backupStall is how long a backup's receiver may take no more bytes. The system
// lets write again only when a good part of its buffer is free, so a receiver
// must take up to 1 MB in that time.
const backupStall = time.Minute

// steady breaks a transfer whose receiver has stopped reading: for as long as it
// lasts the journal keeps all pages of its moment, and may not map a larger file.
type steady struct {
	io.Writer
	of *http.ResponseController
}

// Write implements io.Writer.
func (w steady) Write(p []byte) (int, error) {
	if err := w.of.SetWriteDeadline(time.Now().Add(backupStall)); err != nil {
		return 0, err
	}
	return w.Writer.Write(p)
}
