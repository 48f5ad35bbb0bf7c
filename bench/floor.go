//go:build linux

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/bench/internal/crew"
	"github.com/troupe-im/troupe/bench/internal/floor"
	"github.com/troupe-im/troupe/bench/internal/load"
	"github.com/troupe-im/troupe/bench/internal/report"
)

type floorFlags struct {
	floor.Load
	write    bool
	upgrades int
	atOnce   int
	loops    int
	linger   time.Duration
}

func newFloor(a *app) *cobra.Command {
	var f floorFlags
	c := &cobra.Command{
		Use:   "floor",
		Short: "What the same bytes cost a program that does nothing but write them",
		Long: "floor starts a process of its own that writes messages to sockets by blocking writes, one thread\n" +
			"per core, and reads and judges them as the scenarios do. The processor time is that of the\n" +
			"writing process. Scenarios run it beside what they measure.",
		Args: cobra.NoArgs, Hidden: true,
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case f.write && f.upgrades > 0:
				return floor.ServeUpgrades(os.Stdin, a.stdout)
			case f.write:
				return floor.Serve(f.Load, os.Stdin, a.stdout)
			}
			r, err := a.floor(c.Context(), &f)
			if err != nil {
				return err
			}
			return a.conclude(r)
		},
	}
	c.Flags().IntVar(&f.Sockets, "sockets", 1000, "sockets")
	c.Flags().IntVar(&f.FrameBytes, "frame-bytes", 200, "bytes of a frame with its header")
	c.Flags().Float64Var(&f.FramesPerWrite, "frames-per-write", 1, "frames joined into one write, on average")
	c.Flags().Float64Var(&f.PerSecond, "rate", 0, "messages a second, each to all sockets; 0 = as fast as it goes")
	c.Flags().DurationVar(&f.For, "duration", 5*time.Second, "how long")
	c.Flags().IntVar(&f.Threads, "threads", 0, "threads that write; 0 = one per core")
	c.Flags().IntVar(&f.loops, "readers", 2, "threads that read")
	c.Flags().DurationVar(&f.linger, "linger", 0, "how long readers let more come before they look again")
	c.Flags().IntVar(&f.upgrades, "upgrades", 0, "instead: so many connections to a bare HTTP server that upgrades and answers one frame")
	c.Flags().IntVar(&f.atOnce, "at-once", 256, "with --upgrades: so many at once")
	c.Flags().BoolVar(&f.write, "write", false, "be the process that writes")
	_ = c.Flags().MarkHidden("write")
	return c
}

// floor runs the writing process and reads what it writes.
func (a *app) floor(ctx context.Context, f *floorFlags) (*report.Result, error) {
	_, room, err := load.Descriptors()
	if err == nil && f.Sockets > room { // of the process that writes
		err = fmt.Errorf("%d sockets, there is room for %d", f.Sockets, room)
	}
	if err != nil {
		return nil, err
	}
	if f.upgrades > 0 {
		return a.upgrades(ctx, f)
	}
	if a.perProcess > 0 {
		room = min(room, a.perProcess)
	}
	began := time.Now()
	var o *floor.Outcome
	if err := a.floorProcess(ctx, func(p *floor.Process) error {
		return a.withCrew(ctx, f.Sockets, room, func(ctx context.Context, c *crew.Crew) (err error) {
			o, err = floor.Run(ctx, p, f.Load, c, crew.Options{Access: load.Access{Sources: a.sources}, Loops: f.loops, Linger: f.linger})
			return err
		})
	}, "--sockets", strconv.Itoa(f.Sockets), "--frame-bytes", strconv.Itoa(f.FrameBytes),
		"--frames-per-write", strconv.FormatFloat(f.FramesPerWrite, 'g', -1, 64), "--rate", strconv.FormatFloat(f.PerSecond, 'g', -1, 64),
		"--duration", f.For.String(), "--threads", strconv.Itoa(f.Threads)); err != nil {
		return nil, err
	}
	r := &report.Result{Scenario: "floor", Subscribers: f.Sockets, Started: began, Seconds: o.Seconds,
		Deliveries:            &report.Deliveries{Expected: o.Messages * uint64(f.Sockets), Delivered: o.Deliveries},
		FloorCPUUsPerDelivery: micros(o.CPU, o.Deliveries), FramesPerWrite: max(1, f.FramesPerWrite),
		Extra: map[string]any{"frame_bytes": f.FrameBytes, "rate": f.PerSecond, "generator_cpu_us_per_delivery": micros(o.Reader, o.Deliveries)}}
	if f.PerSecond > 0 {
		r.Latency, r.LatencyCurve = o.Latency.Total()
	}
	return r, nil
}

// upgrades has a bare server upgrade connections.
func (a *app) upgrades(ctx context.Context, f *floorFlags) (*report.Result, error) {
	began := time.Now()
	var o *floor.Outcome
	if err := a.floorProcess(ctx, func(p *floor.Process) (err error) {
		o, err = floor.RunUpgrades(ctx, p, f.upgrades, f.atOnce, a.sources, f.loops)
		return err
	}, "--upgrades", strconv.Itoa(f.upgrades)); err != nil {
		return nil, err
	}
	return &report.Result{Scenario: "floor", Connections: f.upgrades, Started: began, Seconds: o.Seconds, Operations: o.Deliveries,
		FloorCPUUsPerOperation: micros(o.CPU, o.Deliveries), FramesPerWrite: 1,
		Extra: map[string]any{"generator_cpu_us_per_upgrade": micros(o.Reader, o.Deliveries)}}, nil
}

// floorProcess runs fn with a floor's program.
func (a *app) floorProcess(ctx context.Context, fn func(*floor.Process) error, args ...string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, append([]string{"floor", "--write"}, args...)...)
	cmd.Stderr = a.stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the floor: %w", err)
	}
	err = fn(&floor.Process{PID: cmd.Process.Pid, In: in, Out: bufio.NewReader(out)})
	if err != nil {
		_ = cmd.Process.Kill()
	}
	_ = in.Close()
	return errors.Join(err, cmd.Wait())
}

// micros is processor time per thing in µs.
func micros(d time.Duration, n uint64) float64 { return float64(d.Microseconds()) / float64(max(n, 1)) }

// withCrew runs fn with as many client processes as sockets need.
func (a *app) withCrew(ctx context.Context, sockets, each int, fn func(context.Context, *crew.Crew) error) error {
	n, err := crew.Plan(sockets, each, a.processes)
	if err != nil {
		return err
	}
	ctx, lost := context.WithCancelCause(ctx)
	defer lost(nil)
	c, err := crew.Start(ctx, n, a.say, lost)
	if err != nil {
		return err
	}
	return errors.Join(fn(ctx, c), c.Stop())
}

// floorBeside runs the floor as a scenario's companion, read by as many
// processes.
func (a *app) floorBeside(ctx context.Context, w *world, f *floorFlags) (*report.Floor, error) {
	r, err := a.beside(ctx, "--processes", strconv.Itoa(min(w.processes(), f.Sockets)), "--per-process", strconv.Itoa(a.perProcess), "--sockets", strconv.Itoa(f.Sockets), "--frame-bytes", strconv.Itoa(f.FrameBytes),
		"--frames-per-write", strconv.FormatFloat(f.FramesPerWrite, 'g', -1, 64), "--rate", strconv.FormatFloat(f.PerSecond, 'g', -1, 64),
		"--duration", f.For.String(), "--readers", strconv.Itoa(f.loops), "--linger", f.linger.String())
	if err != nil {
		return nil, err
	}
	return &report.Floor{CPUUsPerDelivery: r.FloorCPUUsPerDelivery, FramesPerWrite: r.FramesPerWrite, DeliveriesPerS: r.DeliveriesPerS}, nil
}

// upgradesBeside is the same for upgrades, whose unit is an upgrade.
func (a *app) upgradesBeside(ctx context.Context, n, atOnce int) (*report.Floor, error) {
	r, err := a.beside(ctx, "--upgrades", strconv.Itoa(n), "--at-once", strconv.Itoa(atOnce))
	if err != nil {
		return nil, err
	}
	return &report.Floor{CPUUsPerDelivery: r.FloorCPUUsPerOperation, FramesPerWrite: 1, DeliveriesPerS: r.OperationsPerS, Unit: "upgrade"}, nil
}

// beside runs this program as a floor, in processes of its own, so that its
// sockets are not this process's.
func (a *app) beside(ctx context.Context, args ...string) (*report.Result, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "troupe-floor-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "floor.json")
	cmd := exec.CommandContext(ctx, self, append([]string{"floor", "--json", file, "--sources", strconv.Itoa(a.sources)}, args...)...)
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("the floor: %w\n%s", err, text)
	}
	return report.Load(file)
}
