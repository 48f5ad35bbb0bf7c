package main

import (
	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/cmd/troupe/server"
)

func newConfig(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "config",
		Short:   "Check a configuration, print the defaults",
		Example: "  troupe config defaults > troupe.yaml\n  troupe config check -c troupe.yaml",
	}
	family(c)
	c.AddCommand(newConfigCheck(a), newConfigDefaults(a))
	return c
}

func newConfigCheck(a *app) *cobra.Command {
	var file *string
	c := &cobra.Command{
		Use:   "check",
		Short: "Check a configuration without starting",
		Long: "check reads the configuration as serve does (file and TROUPE_ variables, no flags) and\n" +
			"names every value that cannot work, alone or together with another.",
		Example: "  troupe config check -c troupe.yaml",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			cfg, err := a.load(*file)
			if err == nil {
				err = server.Check(&cfg)
			}
			if err != nil {
				return err
			}
			a.print("configuration is valid\n")
			return nil
		},
	}
	file = configFlag(a, c)
	return c
}

func newConfigDefaults(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "defaults",
		Short:   "Print all settings with their defaults, as a configuration file",
		Example: "  troupe config defaults > troupe.yaml",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return config.WriteDefaults(a.stdout) },
	}
}
