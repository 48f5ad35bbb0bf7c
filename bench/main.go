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
	"strings"
	"sync/atomic"
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
}

func newRoot(stdout, stderr io.Writer) *cobra.Command {
	a := &app{stdout: stdout, stderr: stderr, defaultProfile: "profile.yaml"}
	root := &cobra.Command{
		Use: "bench", Short: "Load and judge a Troupe server",
		SilenceErrors: true, SilenceUsage: true, Args: cobra.NoArgs,
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
	root.AddCommand(newReplay(a), newMessages(a), newIdle(a), newCompare(a))
	root.AddCommand(engineScenarios(a)...)
	return root
}

// world is a server and how to reach it. server is nil with --addr.
type world struct {
	*load.Target
	server *load.Server
	// profileName is what the server tells of its limits; set when it is known.
	profileName string
	// connections that the limit of open files leaves room for.
	connections int
}

// begin brings up the server and says what the run stands on.
func (a *app) begin(ctx context.Context) (*world, error) {
	w := &world{Target: &load.Target{Run: strings.ToLower(rand.Text()[:6]), Redials: &atomic.Uint64{}}}
	switch a.codec {
	case "binary":
		w.Codec = protocol.Binary
	case "json":
		w.Codec = protocol.JSON
	default:
		return nil, fmt.Errorf("codec %q: want binary or json", a.codec)
	}
	limit, connections, err := load.Descriptors()
	if err != nil {
		return nil, err
	}
	w.connections = connections
	if a.addr != "" {
		w.URL, w.AppID, w.Tokens = a.addr, a.appID, load.Same(a.token)
		if a.secret != "" {
			w.Tokens = load.HS256(a.secret, a.appID)
		}
	} else {
		if w.server, err = a.start(ctx); err != nil {
			return nil, err
		}
		w.URL, w.AppID, w.Tokens, w.TLS = w.server.URL, load.AppID, w.server.Tokens, w.server.TLS
	}
	w.Sources = load.NewSources(w.URL, a.sources)
	if w.server != nil {
		a.say("admin listener http://%s", w.server.Admin)
	}
	a.say("server %s, codec %s, %s", w.URL, w.Codec, w.Sources)
	a.say("%d files may be open: room for %d connections", limit, connections)
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

// scenario runs one between begin and end and writes its result.
func (a *app) scenario(ctx context.Context, run func(*world) (*report.Result, error)) error {
	w, err := a.begin(ctx)
	if err != nil {
		return err
	}
	stop, err := a.profileCPU()
	if err != nil {
		return errors.Join(err, w.end())
	}
	res, err := run(w)
	stop()
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
