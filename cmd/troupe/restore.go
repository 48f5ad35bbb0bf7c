package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/persistence/bolt"
)

func newRestore(a *app) *cobra.Command {
	var from string
	var replace bool
	c := &cobra.Command{
		Use:   "restore --from FILE",
		Short: "Put a backup in place of the journal",
		Long: "restore copies a backup into the data directory of a stopped server. The copy is verified\n" +
			"first, every page and every record, and gets a new epoch: clients that saw what came after\n" +
			"the backup learn by it that their numbers are void, and read anew.\n\n" +
			"A journal that is there already is refused; with --replace it is kept beside the new one,\n" +
			"with the time in its name.",
		Example: "  troupe restore --from troupe-monday.db --data /var/lib/troupe\n" +
			"  troupe restore --from troupe-monday.db --replace",
		Args: cobra.NoArgs,
	}
	data := dataFlag(a, c)
	c.Flags().StringVar(&from, "from", "", "backup `file`")
	c.Flags().BoolVar(&replace, "replace", false, "move a journal that is there out of the way")
	c.RunE = func(*cobra.Command, []string) error {
		if err := needed("from", from); err != nil {
			return err
		}
		if err := os.MkdirAll(*data, 0o700); err != nil {
			return err
		}
		path := journalPath(*data)
		kept, err := restore(from, path, replace)
		if err != nil {
			return err
		}
		if kept != "" {
			a.print("the former journal is kept at %s\n", kept)
		}
		a.print("%s: restored from %s, with a new epoch\n", path, from)
		return nil
	}
	return c
}

// restore makes path of the backup; kept is where a former journal went.
func restore(from, path string, replace bool) (kept string, err error) {
	if err = existing(from); err != nil {
		return "", err
	}
	if _, err = os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", putCopy(from, path, "")
	}
	if !replace {
		return "", fmt.Errorf("%s exists already; give --replace to move it out of the way", path)
	}
	release, err := guard(path)
	if err != nil {
		return "", err
	}
	kept = path + "." + time.Now().UTC().Format("20060102T150405Z")
	return kept, errors.Join(putCopy(from, path, kept), release())
}

// putCopy puts a sound copy of a backup in place of the journal at path, which
// is kept under another name; kept "" if there is none.
func putCopy(from, path, kept string) error {
	part := beside(path)
	err := prepareCopy(from, part)
	if err == nil {
		err = keep(path, kept)
	}
	if err != nil {
		return errors.Join(err, remove(part))
	}
	return settle(part, path)
}

// keep gives the journal at path a second name, so that there is one at path
// all the time: a server that starts would make a new one.
func keep(path, kept string) error {
	if kept != "" {
		if err := os.Link(path, kept); err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
		// Not every file system has second names.
		return os.Rename(path, kept)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s was made meanwhile: %w", path, errors.Join(err, fs.ErrExist))
	}
	return nil
}

// prepareCopy copies a backup, verifies the copy and renews its epoch.
func prepareCopy(from, part string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	if _, err = verify(part); err != nil {
		return fmt.Errorf("the backup is not sound, nothing was changed: %w", err)
	}
	_, err = bolt.RenewEpoch(part)
	return err
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
