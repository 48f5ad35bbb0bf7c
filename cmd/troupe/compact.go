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
		release, err := hold(path)
		if err != nil {
			return err
		}
		if err := errors.Join(compact(path, beside(path)), release()); err != nil {
			return err
		}
		a.print("%s: %d bytes, was %d\n", path, fileSize(path), before)
		return nil
	}
	return c
}

// compact puts a smaller copy in place of the journal at path, by way of part.
func compact(path, part string) error {
	err := remove(part)
	if err == nil {
		err = bolt.Compact(path, part)
	}
	if err == nil {
		_, err = verify(part)
	}
	if err == nil {
		err = settle(part, path)
	}
	if err != nil {
		return errors.Join(err, remove(part))
	}
	return nil
}
