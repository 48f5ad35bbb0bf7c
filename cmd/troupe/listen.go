package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/client"
)

func newListen(a *app) *cobra.Command {
	var f askFlags
	var asJSON bool
	var guest string
	c := &cobra.Command{
		Use:   "listen [flags] USER",
		Short: "Print what a user is told",
		Long: "listen logs in as USER, attaches the inbox, all groups and those joined later, and prints\n" +
			"one event per line until it is stopped. It survives broken connections; what was missed\n" +
			"is fetched, what cannot be fetched is printed as an event \"gap\". When it listens it says\n" +
			"so on standard error.\n\n" +
			"With --json a line is one object: event = the event's name, and its fields.\n\n" +
			"Exit status: 0 = stopped, 1 = sent away by the server, 2 = could not connect or log in.",
		Example: "  troupe listen ann\n  troupe listen --json ann | jq -c 'select(.event == \"message\")'\n  troupe listen --guest show",
		Args: func(c *cobra.Command, args []string) error {
			if guest != "" {
				return cobra.NoArgs(c, args)
			}
			return cobra.ExactArgs(1)(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			user := ""
			if len(args) > 0 {
				user = args[0]
			}
			return a.listen(c.Context(), &f, user, guest, asJSON)
		},
	}
	f.add(a, c)
	c.Flags().BoolVar(&asJSON, "json", false, "print each event as one JSON object on one line")
	c.Flags().StringVar(&guest, "guest", "", "watch a `livestream` without login, in place of USER")
	return c
}

// printer writes lines whole and at once.
type printer struct {
	mu     sync.Mutex
	out    *bufio.Writer
	asJSON bool
}

func (p *printer) line(text []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = p.out.Write(text)
	_ = p.out.WriteByte('\n')
	return p.out.Flush()
}

func (a *app) listen(ctx context.Context, f *askFlags, user, guest string, asJSON bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	p := &printer{out: bufio.NewWriter(a.stdout), asJSON: asJSON}
	started := false
	o := client.Options{
		User: user, Token: f.token, AppID: f.appID, DeviceID: f.device,
		Logger: slog.New(slog.DiscardHandler),
		OnEvent: func(e client.Event) {
			if err := p.event(e); err != nil {
				cancel(err) // nobody reads any more
			}
		},
		OnState: func(s client.State, cause error) {
			if started {
				_ = p.state(s, cause)
			}
			started = true
		},
	}
	var c *client.Client
	var err error
	if guest != "" {
		c, err = client.DialGuest(ctx, f.server, guest, o)
	} else {
		c, err = client.Dial(ctx, f.server, o)
	}
	if err != nil {
		return &exitError{code: 2, err: err}
	}
	defer func() { _ = c.Close() }()
	who := user
	if guest != "" {
		who = "a guest of " + guest
	}
	_, _ = fmt.Fprintf(a.stderr, "troupe: listening as %s\n", who)
	select {
	case <-ctx.Done():
		if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
			return cause
		}
		return nil
	case <-c.Done():
		return fmt.Errorf("sent away: %w", c.Err())
	}
}
