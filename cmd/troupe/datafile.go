package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/bolt"
)

// What backup, restore, compact and inspect have in common: files.

// dataFlag adds --data; the default is what serve would use.
func dataFlag(a *app, c *cobra.Command) *string {
	dir := a.env("TROUPE_DATA_DIR")
	if dir == "" {
		dir = "./data"
	}
	return c.Flags().String("data", dir, "data `directory` of the server; also TROUPE_DATA_DIR")
}

func journalPath(dir string) string { return filepath.Join(dir, server.JournalFile) }

// existing says clearly that there is no journal.
func existing(path string) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no journal at %s", path)
	}
	return nil
}

// inUse explains the error of a file that a server holds.
func inUse(err error, hint string) error {
	if errors.Is(err, persistence.ErrInUse) {
		return fmt.Errorf("%w: %s", err, hint)
	}
	return err
}

// verify checks a journal's pages, its streams and every record in it.
func verify(path string) (entries int, err error) {
	err = bolt.Verify(path, func(_ group.StreamID, e persistence.Entry) error {
		entries++
		_, err := persistence.DecodeEvent(e.Data)
		return err
	})
	return entries, err
}

// settle puts a finished file in its place and makes sure that it stays there
// after a power cut.
func settle(temporary, path string) error {
	f, err := os.OpenFile(temporary, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err = errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(temporary, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// replaceable reports whether a file can be replaced while it is open.
const replaceable = runtime.GOOS != "windows"

// guard keeps servers and compact from the journal at path until release is
// called, for who puts another file in its place: what a server that was started
// meanwhile stored would be lost with the old one. An error: one has it open.
func guard(path string) (release func() error, err error) {
	release, err = bolt.Guard(path)
	switch nothing := func() error { return nil }; {
	case errors.Is(err, persistence.ErrInUse):
		return nil, inUse(err, "stop the server first")
	case err != nil:
		// What cannot be opened no server opens.
		return nothing, nil
	case !replaceable:
		return nothing, release()
	}
	return release, nil
}

// syncDir is best effort: not every system can.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync()
	return d.Close()
}

// beside is a name for a temporary file in the same directory.
func beside(path string) string { return path + ".part" }

func fileSize(path string) int64 {
	st, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return st.Size()
}
