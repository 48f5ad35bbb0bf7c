package main

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/cmd/troupe/server"
)

func newServe(a *app) *cobra.Command {
	var file *string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the server",
		Long: "serve runs the server until it is interrupted (SIGINT or SIGTERM), then stops in order:\n" +
			"clients are sent away evenly, what was accepted is stored, exit status 0.\n\n" +
			"Values come from the defaults, the configuration file, TROUPE_ variables and flags, each\n" +
			"over the one before. See troupe config defaults.",
		Example: "  troupe serve --dev --dev-admin root\n  troupe serve --config /etc/troupe.yaml\n" +
			"  TROUPE_DATA_DIR=/var/lib/troupe troupe serve --addr 0.0.0.0:8080 -c troupe.yaml",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.load(*file)
			if err == nil {
				applyFlags(&cfg, c)
				err = server.Check(&cfg)
			}
			if err != nil {
				return &exitError{code: 2, err: err}
			}
			return a.serve(c.Context(), cfg)
		},
	}
	file = configFlag(a, c)
	d := config.Default()
	f := c.Flags()
	f.String("addr", d.Server.Addr, "`address` for clients, host:port")
	f.String("admin-addr", "", "`address` of the admin listener; empty = none")
	f.String("data", d.Data.Dir, "data `directory`")
	f.Bool("dev", false, "let anybody in under any name; loopback only")
	f.StringArray("dev-admin", nil, "app administrator in development mode, `USER`; may be repeated")
	f.String("app-id", "", "application `id` that logins must name")
	f.String("tls-cert", "", "certificate `file`, PEM")
	f.String("tls-key", "", "private key `file`, PEM")
	f.String("log-level", d.Log.Level, "debug, info, warn or error")
	f.String("log-format", d.Log.Format, "text or json")
	return c
}

// applyFlags puts the flags that were given over the configuration.
func applyFlags(cfg *config.Config, c *cobra.Command) {
	f := c.Flags()
	for name, target := range map[string]*string{
		"addr": &cfg.Server.Addr, "admin-addr": &cfg.Server.AdminAddr, "data": &cfg.Data.Dir, "app-id": &cfg.App.ID,
		"tls-cert": &cfg.Server.TLSCert, "tls-key": &cfg.Server.TLSKey,
		"log-level": &cfg.Log.Level, "log-format": &cfg.Log.Format,
	} {
		if f.Changed(name) {
			*target, _ = f.GetString(name)
		}
	}
	if f.Changed("dev") {
		cfg.Dev, _ = f.GetBool("dev")
	}
	if f.Changed("dev-admin") {
		cfg.DevAdmins, _ = f.GetStringArray("dev-admin")
	}
	if cfg.Dev && cfg.Drain == config.Default().Drain {
		// Nobody wants to wait for a drain at a desk.
		cfg.Drain = config.Drain{ReturnWindow: config.Duration(time.Second), Finish: cfg.Drain.Finish}
	}
}

func (a *app) serve(ctx context.Context, cfg config.Config) error {
	s, err := server.Start(ctx, cfg, server.Options{Logger: logger(&cfg.Log, a.stderr)})
	if err != nil {
		return err
	}
	if cfg.Dev {
		a.warn("DEVELOPMENT MODE: whoever connects is let in under any name. Never expose this server.")
	}
	a.print("troupe %s listens on %s\n", buildVersion(), s.URL())
	if at := s.AdminAddr(); at != nil {
		a.print("admin on http://%s\n", at)
	}
	select {
	case <-ctx.Done():
	case err = <-s.Failed():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin(&cfg))
	defer cancel()
	if stopErr := s.Stop(stopping); err == nil {
		err = stopErr
	}
	return err
}

// stopWithin bounds the orderly stop: the drain, and time to store.
func stopWithin(cfg *config.Config) time.Duration {
	return cfg.Drain.Window.Std() + cfg.Drain.Finish.Std() + 15*time.Second
}

func logger(c *config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Level)) // valid
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
