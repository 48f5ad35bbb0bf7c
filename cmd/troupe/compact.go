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
		part := beside(path)
		if err := remove(part); err != nil {
			return err
		}
		if err := compact(path, part); err != nil {
			return errors.Join(inUse(err, "stop the server first"), remove(part))
		}
		if err := settle(part, path); err != nil {
			return err
		}
		a.print("%s: %d bytes, was %d\n", path, fileSize(path), before)
		return nil
	}
	return c
}

func compact(path, part string) error {
	if err := bolt.Compact(path, part); err != nil {
		return err
	}
	_, err := verify(part)
	return err
}
