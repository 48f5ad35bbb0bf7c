package main

import (
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/group"
)

func newPolicy(a *app) *cobra.Command {
	var file *string
	c := &cobra.Command{
		Use:   "policy [KEY...]",
		Short: "Print the policy table: what differs between the kinds of group",
		Long: "policy prints the rows of the policy table, or those named, as the configuration has them.\n" +
			"A cell is changed in the configuration: policy: {custom: {history_before_join: yes}}.",
		Example: "  troupe policy\n  troupe policy join_option kick_by\n  troupe policy -c troupe.yaml",
		Args:    cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			table, err := a.table(*file)
			if err != nil {
				return err
			}
			return a.printRows(table.Rows(), args)
		},
	}
	file = configFlag(a, c)
	c.AddCommand(newPolicyExplain(a))
	return c
}

func (a *app) table(file string) (*group.Table, error) {
	cfg, err := a.load(file)
	if err != nil {
		return nil, err
	}
	return server.Table(&cfg)
}

func (a *app) printRows(rows []group.Row, keys []string) error {
	wanted := map[string]bool{}
	for _, k := range keys {
		wanted[k] = true
	}
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	line := func(cells ...string) {
		for i, c := range cells {
			if i > 0 {
				_, _ = w.Write([]byte{'\t'})
			}
			_, _ = w.Write([]byte(c))
		}
		_, _ = w.Write([]byte{'\n'})
	}
	head := []string{"#", "key"}
	for _, k := range group.Kinds {
		head = append(head, k.String())
	}
	line(head...)
	for _, r := range rows {
		if len(keys) == 0 || wanted[r.Key] {
			line(append([]string{strconv.Itoa(r.Number), r.Key}, r.Cells[:]...)...)
			delete(wanted, r.Key)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for k := range wanted {
		return usage("there is no row %q", k)
	}
	return nil
}

func newPolicyExplain(a *app) *cobra.Command {
	var file *string
	c := &cobra.Command{
		Use:   "explain KIND [OPERATION]",
		Short: "Say in words who may do what in groups of a kind",
		Long:  "Kinds:\n" + wrapped(kindNames()) + "\n\nOperations:\n" + wrapped(group.Operations()),
		Example: "  troupe policy explain public\n  troupe policy explain public join_group\n" +
			"  troupe policy explain custom invite_members -c troupe.yaml",
		Args: cobra.RangeArgs(1, 2),
		RunE: func(_ *cobra.Command, args []string) error {
			kind, ok := group.ParseKind(args[0])
			if !ok {
				return usage("there is no kind %q", args[0])
			}
			table, err := a.table(*file)
			if err != nil {
				return err
			}
			if len(args) == 2 {
				return a.explain(table, kind, args[1], "")
			}
			for _, op := range group.Operations() {
				a.print("%s\n", op)
				if err := a.explain(table, kind, op, "  "); err != nil {
					return err
				}
			}
			return nil
		},
	}
	file = configFlag(a, c)
	return c
}

func (a *app) explain(table *group.Table, kind group.Kind, op, indent string) error {
	lines, err := table.Explain(kind, op)
	if err != nil {
		return usage("%v", err)
	}
	for _, line := range lines {
		a.print("%s%s\n", indent, line)
	}
	return nil
}

func kindNames() []string {
	var names []string
	for _, k := range group.Kinds {
		names = append(names, k.String())
	}
	return names
}
