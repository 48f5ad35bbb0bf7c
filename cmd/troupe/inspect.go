package main

import (
	"bufio"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/bolt"
)

func newInspect(a *app) *cobra.Command {
	var check, contents bool
	var after uint64
	var file *string
	c := &cobra.Command{
		Use:   "inspect [GROUP]",
		Short: "Dump a group's journal, or verify what is stored",
		Long: "inspect reads the journal of a stopped server, or a backup. It prints a group's events as\n" +
			"JSON, one per line, oldest first; what messages and notices say only with --contents.\n\n" +
			"With --verify it replays the events instead, compares the outcome with the stored\n" +
			"snapshot and checks the state. Without GROUP that is done for every group, after the pages\n" +
			"of the file and all records were checked.",
		Example: "  troupe inspect --data /var/lib/troupe hall\n  troupe inspect --verify\n" +
			"  troupe inspect --file troupe-monday.db --verify hall",
		Args: cobra.MaximumNArgs(1),
	}
	data := dataFlag(a, c)
	path := c.Flags().String("file", "", "`file` to read in place of the one in the data directory")
	c.Flags().BoolVar(&check, "verify", false, "replay and compare in place of printing")
	c.Flags().BoolVar(&contents, "contents", false, "print what messages and notices say")
	c.Flags().Uint64Var(&after, "after", 0, "print what comes after a `position`")
	file = configFlag(a, c)
	c.RunE = func(_ *cobra.Command, args []string) error {
		if *path == "" {
			*path = journalPath(*data)
		}
		if err := existing(*path); err != nil {
			return err
		}
		if len(args) == 0 && !check {
			return usage("inspect needs a GROUP or --verify")
		}
		in := inspector{app: a, after: group.Position(after), contents: contents}
		if check {
			table, err := a.table(*file)
			if err != nil {
				return err
			}
			in.table = table
			if len(args) == 0 {
				return in.verifyAll(*path)
			}
		}
		return in.open(*path, func(tx persistence.Tx) error { return in.one(tx, group.ID(args[0])) })
	}
	return c
}

// inspector reads one journal.
type inspector struct {
	*app
	after    group.Position
	contents bool
	table    *group.Table // of verify
}

func (in *inspector) open(path string, fn func(persistence.Tx) error) error {
	j, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		return inUse(err, "stop the server, or inspect a backup")
	}
	return errors.Join(j.View(fn), j.Close())
}

func (in *inspector) one(tx persistence.Tx, id group.ID) error {
	name, ok, err := persistence.LookupGroup(tx, id)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("there is no group %q", id)
	}
	if in.table != nil {
		return in.verify(tx, id, name.Stream)
	}
	out := bufio.NewWriter(in.stdout)
	var bad error
	err = tx.Read(name.Stream, in.after, func(e persistence.Entry) bool {
		bad = in.printEntry(out, e)
		return bad == nil
	})
	return errors.Join(err, bad, out.Flush())
}

func (in *inspector) printEntry(out *bufio.Writer, e persistence.Entry) error {
	event, err := persistence.DecodeEvent(e.Data)
	if err != nil {
		return fmt.Errorf("position %d: %w", e.Position, err)
	}
	line, err := dumped(event, in.contents)
	if err != nil {
		return err
	}
	_, _ = out.Write(line)
	return out.WriteByte('\n')
}

// verifyAll checks the file, then every group in it.
func (in *inspector) verifyAll(path string) error {
	entries, err := verify(path)
	if err != nil {
		return inUse(err, "stop the server, or inspect a backup")
	}
	in.print("%s: %d events in sound records\n", path, entries)
	var errs []error
	groups := 0
	err = in.open(path, func(tx persistence.Tx) error {
		tx.Scan(persistence.TableGroups, nil, nil, false, func(key, value []byte) bool {
			name, err := persistence.DecodeGroupName(value)
			if err == nil {
				err = in.verify(tx, group.ID(key), name.Stream)
			}
			if err != nil {
				errs = append(errs, err)
			}
			groups++
			return true
		})
		return nil
	})
	in.print("%d groups, %d not sound\n", groups, len(errs))
	return errors.Join(append(errs, err)...)
}

// verify replays a group's events, compares with its snapshot, and checks the
// state that both lead to.
func (in *inspector) verify(tx persistence.Tx, id group.ID, s group.StreamID) error {
	loaded, base, err := actors.LoadGroup(tx, s, in.table, group.DefaultLimits())
	if err == nil {
		err = loaded.Check()
	}
	if err != nil {
		return fmt.Errorf("group %s: %w", id, err)
	}
	replayed, err := in.replay(tx, s)
	if err != nil {
		return fmt.Errorf("group %s: %w", id, err)
	}
	verdict := "replay agrees"
	switch {
	case replayed == nil:
		verdict = "oldest events are no longer kept, only the snapshot was checked"
	case replayed.Digest() != loaded.Digest():
		return fmt.Errorf("group %s: the replayed state differs from that of the snapshot", id)
	}
	in.print("%s: position %d, snapshot at %d, digest %x: %s\n", id, loaded.Position(), base, loaded.Digest(), verdict)
	return nil
}

// replay applies all events up to where the stream stands; nil if the first are
// gone, which may be all of them.
func (in *inspector) replay(tx persistence.Tx, s group.StreamID) (*group.Machine, error) {
	m, next := group.NewMachine(in.table, group.DefaultLimits()), group.Position(1)
	var bad error
	err := tx.Read(s, 0, func(e persistence.Entry) bool {
		if e.Position != next {
			return false
		}
		next++
		var event *group.Event
		if event, bad = persistence.DecodeEvent(e.Data); bad != nil {
			return false
		}
		m.Apply(event)
		return true
	})
	if err = errors.Join(err, bad); err != nil || next <= tx.Head(s).Position {
		return nil, err
	}
	return m, nil
}
