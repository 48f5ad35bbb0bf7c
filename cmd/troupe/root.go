package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/cmd/troupe/config"
)

// app is what all commands share.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string
}

// env returns an environment variable, "" if it is not set.
func (a *app) env(name string) string {
	for i := len(a.environ) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(a.environ[i], name+"="); ok {
			return v
		}
	}
	return ""
}

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "troupe",
		Short: "Self-hosted group messaging",
		Long: "troupe is a group-messaging server in one file, and the tools to run it.\n\n" +
			"Exit status: 0 = done, 1 = refused or failed, 2 = could not be asked.",
		Example:       "  troupe serve --dev\n  troupe call ann create_group '{\"kind\":\"meeting\",\"name\":\"Hall\"}'\n  troupe listen ann",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	family(root)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage("%v", err) })
	root.AddCommand(
		newServe(a), newConfig(a), newToken(a), newPolicy(a), newCall(a), newListen(a),
		newBackup(a), newRestore(a), newCompact(a), newInspect(a), newVersion(a),
	)
	for _, c := range root.Commands() {
		wrapArgs(c)
	}
	return root
}

// family makes a command that only has others below it: alone it shows its
// help.
func family(c *cobra.Command) {
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usage("there is no command %q", c.CommandPath()+" "+args[0])
		}
		return c.Help()
	}
}

// needed says that a flag was left out.
func needed(flag, value string) error {
	if value == "" {
		return usage("--%s is needed", flag)
	}
	return nil
}

// wrapArgs makes wrong arguments usage errors.
func wrapArgs(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usage("%s: %v", c.CommandPath(), err)
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		wrapArgs(sub)
	}
}

// configFlag adds --config; the path it gives may be empty.
func configFlag(a *app, c *cobra.Command) *string {
	return c.Flags().StringP("config", "c", a.env("TROUPE_CONFIG"), "configuration `file` (YAML); also TROUPE_CONFIG")
}

// load reads the configuration and warns of variables that name nothing.
func (a *app) load(path string) (config.Config, error) {
	c, unknown, err := config.Load(path, a.environ)
	for _, name := range unknown {
		a.warn("environment variable %s names no setting", name)
	}
	return c, err
}

func (a *app) warn(format string, args ...any) {
	_, _ = fmt.Fprintf(a.stderr, "troupe: warning: "+format+"\n", args...)
}

func (a *app) print(format string, args ...any) {
	_, _ = fmt.Fprintf(a.stdout, format, args...)
}
