package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/persistence/bolt"
)

func newCompact(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "compact",
		Short: "Give free space of the journal back to the disk",
		Long: "compact rewrites the journal of a stopped server without its free pages. The new file is\n" +
			"verified before it takes the old one's place; until then the old one is untouched. As much\n" +
			"space as the journal's content is needed beside it.",
		Example: "  troupe compact --data /var/lib/troupe",
		Args:    cobra.NoArgs,
	}
	data := dataFlag(a, c)
	c.RunE = func(*cobra.Command, []string) error {
		path := journalPath(*data)
		if err := existing(path); err != nil {
			return err
		}
		before := fileSize(path)
		held, err := bolt.Hold(path)
		if err != nil {
			return inUse(err, "stop the server first")
		}
		if err := compact(held, path, beside(path)); err != nil {
			return err
		}
		a.print("%s: %d bytes, was %d\n", path, fileSize(path), before)
		return nil
	}
	return c
}

// compact puts a smaller copy in place of the journal held at path, by way of
// part, and releases the old one.
func compact(held *bolt.Held, path, part string) error {
	err := remove(part)
	if err == nil {
		err = held.Compact(part)
	}
	if err == nil {
		_, err = verify(part)
	}
	if !replaceable {
		err = errors.Join(err, held.Release())
	}
	if err == nil {
		err = settle(part, path)
	}
	if replaceable {
		err = errors.Join(err, held.Release())
	}
	if err != nil {
		return errors.Join(err, remove(part))
	}
	return nil
}
