package load

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// ServerOptions describe the server to start.
type ServerOptions struct {
	// Binary is a built server; empty = built from this module.
	Binary string
	// Config is the file with the limits profile.
	Config string
	// TLS: it serves TLS, with a certificate made for the run. The configuration
	// must have no section "server" then.
	TLS bool
	// Dir holds data and log; empty = a temporary one, removed by Stop.
	Dir string
}

// Server is a server as a process of its own.
type Server struct {
	// Admin is the address of its admin listener.
	Admin string

	access Access
	dir    string
	temp   bool
	// What it was started with, for Restart.
	binary, config, addr string
	pid                  atomic.Int64
	cmd                  *exec.Cmd
	log                  *os.File
	ended                chan struct{}
}

// Access is where clients connect and what its users log in with.
func (s *Server) Access() Access { return s.access }

// startWithin bounds the start of a built server.
const startWithin = 30 * time.Second

// Start builds a server if needed, starts it and waits until it is ready.
func Start(ctx context.Context, o ServerOptions) (_ *Server, err error) {
	s := &Server{dir: o.Dir}
	if s.dir == "" {
		if s.dir, err = os.MkdirTemp("", "troupe-bench-"); err != nil {
			return nil, err
		}
		s.temp = true
	}
	binary := o.Binary
	if binary == "" {
		binary = filepath.Join(s.dir, "troupe")
		if err = build(ctx, binary); err != nil {
			return nil, err
		}
	}
	config := o.Config
	if o.TLS {
		if config, err = s.withTLS(config); err != nil {
			return nil, err
		}
	}
	if err := s.run(binary, config); err != nil {
		return nil, err
	}
	if err := s.waitReady(ctx); err != nil {
		log := s.Tail()
		_ = s.Stop()
		return nil, fmt.Errorf("%w; the server's last words:\n%s", err, log)
	}
	return s, nil
}

// ModuleRoot is the folder of the module that the working directory is in.
func ModuleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("find the module: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// build compiles the server of the module.
func build(ctx context.Context, to string) error {
	root, err := ModuleRoot(ctx)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", to, "./cmd/troupe")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the server: %w\n%s", err, out)
	}
	return nil
}

func (s *Server) run(binary, config string) (err error) {
	// The system chooses ports, and nobody else can be given them meanwhile.
	s.addr, s.Admin = "127.0.0.1:0", "127.0.0.1:0"
	if s.log, err = os.Create(filepath.Join(s.dir, "server.log")); err != nil {
		return err
	}
	s.binary, s.config = binary, config
	s.access.AppID, s.access.Secret = AppID, rand.Text()+rand.Text()
	return s.spawn()
}

// spawn starts the process.
func (s *Server) spawn() error {
	s.ended = make(chan struct{})
	s.cmd = exec.Command(s.binary, "serve", "--config", s.config, "--addr", s.addr, "--admin-addr", s.Admin,
		"--data", filepath.Join(s.dir, "data"))
	s.cmd.Env = append(os.Environ(), "BENCH_SECRET="+s.access.Secret)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	// An interrupt at the terminal is for the harness; it stops the server in order.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	s.pid.Store(int64(s.cmd.Process.Pid))
	go func(cmd *exec.Cmd, ended chan struct{}) { // ends with the process
		_ = cmd.Wait()
		close(ended)
	}(s.cmd, s.ended)
	return nil
}

// Restart ends the server in order and starts it again with the same data and
// addresses, as a process manager does.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.end(); err != nil {
		return err
	}
	if err := s.spawn(); err != nil {
		return err
	}
	return s.waitReady(ctx)
}

var saysWhere = regexp.MustCompile(`listens on (wss?://(\S+)/ws)\n(?:.*\n)*admin on http://(\S+)\n`)

// where reads from what the server printed where it listens; false if it has
// not said so yet.
func (s *Server) where() bool {
	said, err := os.ReadFile(s.log.Name())
	if err != nil {
		return false
	}
	m := saysWhere.FindSubmatch(said)
	if m == nil {
		return false
	}
	s.access.URL, s.addr, s.Admin = string(m[1]), string(m[2]), string(m[3])
	return true
}

func (s *Server) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for {
		if s.where() {
			if status, err := s.ask(ctx, http.MethodGet, "/readyz"); err == nil && status == http.StatusOK {
				return nil
			}
		}
		select {
		case <-s.ended:
			return errors.New("the server ended at once")
		case <-ctx.Done():
			return errors.New("the server did not get ready")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// ask asks the admin listener.
func (s *Server) ask(ctx context.Context, method, path string) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://"+s.Admin+path, nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode, nil
}

// Free makes the server collect garbage and return free memory.
func (s *Server) Free(ctx context.Context) error {
	status, err := s.ask(ctx, http.MethodPost, "/debug/free")
	if err == nil && status/100 != 2 {
		err = fmt.Errorf("HTTP status %d", status)
	}
	if err != nil {
		return fmt.Errorf("free the server's memory: %w", err)
	}
	return nil
}

// stopWithin is how long an orderly stop may take before it is none.
const stopWithin = 40 * time.Second

// Stop ends the server in order and removes its temporary files. An error says
// that it did not end by itself or not well.
func (s *Server) Stop() error {
	defer func() {
		_ = s.log.Close()
		if s.temp {
			_ = os.RemoveAll(s.dir)
		}
	}()
	return s.end()
}

// end asks the process to end and waits for it.
func (s *Server) end() error {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.ended:
	case <-time.After(stopWithin):
		_ = s.cmd.Process.Kill()
		<-s.ended
		return fmt.Errorf("the server did not stop within %s", stopWithin)
	}
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("the server ended with status %d:\n%s", code, s.Tail())
	}
	return nil
}

// Tail is the end of the server's log.
func (s *Server) Tail() string {
	data, err := os.ReadFile(s.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(data[max(0, len(data)-4096):])
}
