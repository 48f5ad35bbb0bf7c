package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/persistence/bolt"
)

func newBackup(a *app) *cobra.Command {
	var admin, out string
	var skip bool
	c := &cobra.Command{
		Use:   "backup --out FILE",
		Short: "Copy the journal, also while the server runs",
		Long: "backup writes a consistent copy of the journal to FILE, which must not exist, and verifies\n" +
			"it. While the server runs the copy is made through its admin listener: give --admin.\n" +
			"Without --admin the file in the data directory is read; the server must be stopped.",
		Example: "  troupe backup --admin http://127.0.0.1:9090 --out troupe-monday.db\n" +
			"  troupe backup --data /var/lib/troupe --out troupe-monday.db",
		Args: cobra.NoArgs,
	}
	data := dataFlag(a, c)
	c.Flags().StringVar(&admin, "admin", a.env("TROUPE_ADMIN_URL"), "`URL` of the admin listener; also TROUPE_ADMIN_URL")
	c.Flags().StringVarP(&out, "out", "o", "", "`file` to write")
	c.Flags().BoolVar(&skip, "no-verify", false, "do not verify the copy")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := needed("out", out); err != nil {
			return err
		}
		write := func(w io.Writer) error { return hotCopy(c.Context(), admin, w) }
		if admin == "" {
			write = func(w io.Writer) error { return coldCopy(journalPath(*data), w) }
		}
		if err := writeNew(out, write); err != nil {
			return err
		}
		if skip {
			a.print("%s: %d bytes, not verified\n", out, fileSize(out))
			return nil
		}
		entries, err := verify(out)
		if err != nil {
			return fmt.Errorf("the copy is not sound, do not rely on %s: %w", out, err)
		}
		a.print("%s: %d bytes, %d events, verified\n", out, fileSize(out), entries)
		return nil
	}
	return c
}

// hotCopy fetches the journal from a running server.
func hotCopy(ctx context.Context, admin string, w io.Writer) error {
	url := strings.TrimSuffix(admin, "/") + server.BackupPath
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, resp.Status)
	}
	_, err = io.Copy(w, resp.Body)
	return err
}

// coldCopy reads the journal of a stopped server.
func coldCopy(path string, w io.Writer) error {
	if err := existing(path); err != nil {
		return err
	}
	j, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		return inUse(err, "the server runs; give --admin with the URL of its admin listener")
	}
	return errors.Join(j.Backup(w), j.Close())
}

// writeNew writes a file that must not exist; it appears whole or not at all.
func writeNew(path string, write func(io.Writer) error) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s exists already", path)
	}
	part := beside(path)
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err = errors.Join(write(f), f.Close()); err == nil {
		err = settle(part, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return nil
}
