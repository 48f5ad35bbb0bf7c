package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/bench/internal/load"
	"github.com/troupe-im/troupe/bench/internal/report"
	"github.com/troupe-im/troupe/protocol"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := newRoot(os.Stdout, os.Stderr).ExecuteContext(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// app is what all scenarios share.
type app struct {
	stdout, stderr io.Writer

	addr, token, secret, appID string
	// tls: the server that is started serves TLS.
	tls bool
	// defaultProfile is the file in bench that takes the place of an empty profile.
	defaultProfile         string
	profile, binary, codec string
	jsonFile, htmlFile     string
	cpuProfile             string
	sources                int
	// processes that hold the connections; 0 = as many as needed. perProcess is
	// how many one holds at most; 0 = what its limit of open files allows.
	processes, perProcess int
}

func newRoot(stdout, stderr io.Writer) *cobra.Command {
	a := &app{stdout: stdout, stderr: stderr, defaultProfile: "profile.yaml"}
	root := &cobra.Command{
		Use: "bench", Short: "Load and judge a Troupe server",
		SilenceErrors: true, SilenceUsage: true, Args: cobra.NoArgs,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error { return a.splits(c.Name()) },
	}
	f := root.PersistentFlags()
	f.StringVar(&a.addr, "addr", "", "`URL` of a running server, as in ws://127.0.0.1:8080/ws; empty = one is built and started")
	f.StringVar(&a.token, "token", "", "with --addr: the token of every user (a server with --dev takes an empty one)")
	f.StringVar(&a.secret, "secret", "", "with --addr: mint HS256 tokens with this secret, key id bench, instead")
	f.StringVar(&a.appID, "app-id", "", "with --addr: application `id` in logins and tokens")
	f.StringVar(&a.profile, "config", "", "configuration of the server that is started; empty = bench/profile.yaml, or what the scenario says")
	f.StringVar(&a.binary, "server", "", "`file` of a built server; empty = go build ./cmd/troupe")
	f.StringVar(&a.codec, "codec", "binary", "sub-protocol: binary or json")
	f.StringVar(&a.jsonFile, "json", "", "write the result to this `file` as well")
	f.StringVar(&a.htmlFile, "html", "", "write a report with charts to this `file`")
	f.StringVar(&a.cpuProfile, "cpuprofile", "", "write a processor profile of the harness to this `file`")
	f.IntVar(&a.sources, "sources", 16, "local addresses to connect from, if the server is on a loopback address")
	f.IntVar(&a.processes, "processes", 0, "client processes that share the connections ("+strings.Join(splitting, ", ")+"); 0 = as many as needed")
	f.IntVar(&a.perProcess, "per-process", 0, "connections that a client process holds at most; 0 = what its limit of open files allows")
	root.AddCommand(newReplay(a), newMessages(a), newCompare(a))
	root.AddCommand(engineScenarios(a)...)
	return root
}

// splitting are the scenarios that share their connections out to processes.
var splitting = []string{"livestream", "joinstorm", "idle"}

// splits refuses several processes where there is only one.
func (a *app) splits(command string) error {
	switch {
	case a.perProcess < 0:
		return fmt.Errorf("--per-process %d: want 1 or more, or 0", a.perProcess)
	case a.processes > 1 && !slices.Contains(splitting, command) && command != "floor":
		return fmt.Errorf("--processes %d: %s runs in one process; those that share their connections out are %s", a.processes, command, strings.Join(splitting, ", "))
	}
	return nil
}

// world is a server and how to reach it. server is nil with --addr.
type world struct {
	*load.Target
	access load.Access
	server *load.Server
	// profileName is what the server tells of its limits; set when it is known.
	profileName string
	// connections that one process holds, and the server; 0 = not known.
	connections, served int
	// lost ends the run because a client process has ended.
	lost context.CancelCauseFunc
	split
}

// begin brings up the server and says what the run stands on.
func (a *app) begin(ctx context.Context, lost context.CancelCauseFunc) (*world, error) {
	var codec protocol.Codec
	switch a.codec {
	case "binary":
		codec = protocol.Binary
	case "json":
		codec = protocol.JSON
	default:
		return nil, fmt.Errorf("codec %q: want binary or json", a.codec)
	}
	limit, connections, err := load.Descriptors()
	if err != nil {
		return nil, err
	}
	w := &world{lost: lost, connections: connections}
	w.access = load.Access{URL: a.addr, AppID: a.appID, Secret: a.secret, Token: a.token}
	if a.addr == "" {
		if w.server, err = a.start(ctx); err != nil {
			return nil, err
		}
		w.access = w.server.Access()
		a.say("admin listener http://%s", w.server.Admin)
	}
	w.access.Codec, w.access.Sources, w.access.Run = codec, a.sources, strings.ToLower(rand.Text()[:6])
	w.Target = w.access.Target()
	a.say("server %s, codec %s, %s", w.URL, w.Codec, w.Sources)
	a.say("a process here may open %d files: room for %d connections", limit, connections)
	if a.perProcess > 0 {
		w.connections = min(connections, a.perProcess)
	}
	if w.server == nil {
		return w, nil
	}
	if limit, w.served, err = w.server.Descriptors(); err != nil {
		return nil, errors.Join(err, w.end())
	}
	a.say("the server may open %d files: room for %d connections", limit, w.served)
	return w, nil
}

func (a *app) start(ctx context.Context) (*load.Server, error) {
	profile := a.profile
	if profile == "" {
		root, err := load.ModuleRoot(ctx)
		if err != nil {
			return nil, err
		}
		profile = root + "/bench/" + a.defaultProfile
	}
	a.say("starting the server with %s", profile)
	return load.Start(ctx, load.ServerOptions{Binary: a.binary, Config: profile, TLS: a.tls})
}

// end stops the server that was started, in order.
func (w *world) end() error {
	if w.server == nil {
		return nil
	}
	return w.server.Stop()
}

// scenario is what runs one between begin and end and writes its result.
func (a *app) scenario(run func(context.Context, *world) (*report.Result, error)) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, _ []string) error { return a.play(c.Context(), run) }
}

func (a *app) play(ctx context.Context, run func(context.Context, *world) (*report.Result, error)) error {
	ctx, lost := context.WithCancelCause(ctx)
	defer lost(nil)
	w, err := a.begin(ctx, lost)
	if err != nil {
		return err
	}
	stop, err := a.profileCPU()
	if err != nil {
		return errors.Join(err, w.end())
	}
	res, err := run(ctx, w)
	stop()
	err = w.disperse(ctx, res, err)
	if n := w.Redials.Load(); n > 0 {
		a.say("%d connections came about only at a further try", n)
	}
	if res != nil {
		err = errors.Join(err, a.conclude(res))
	}
	if err != nil && w.server != nil {
		a.say("the server's last words:\n%s", w.server.Tail())
	}
	return errors.Join(err, w.end())
}

// disperse ends the other client processes. One that is gone is why a run fails,
// whatever else it says, and if it says nothing.
func (w *world) disperse(ctx context.Context, res *report.Result, err error) error {
	ended := w.stop()
	if n := w.processes(); n > 1 && res != nil {
		res.Extra["processes"] = n
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		ended = cause
	}
	if ended == nil || errors.Is(err, ended) {
		return err
	}
	if res != nil {
		res.Faults = append(res.Faults, ended.Error())
	}
	if errors.Is(err, context.Canceled) {
		return ended
	}
	return errors.Join(ended, err)
}

// profileCPU profiles the harness if that is wanted.
func (a *app) profileCPU() (stop func(), err error) {
	if a.cpuProfile == "" {
		return func() {}, nil
	}
	f, err := os.Create(a.cpuProfile)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
	}, nil
}

// say tells on standard error how the run goes.
func (a *app) say(format string, args ...any) {
	_, _ = fmt.Fprintf(a.stderr, format+"\n", args...)
}
