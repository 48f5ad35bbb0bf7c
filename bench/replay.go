package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/bench/internal/load"
	"github.com/troupe-im/troupe/bench/internal/replay"
	"github.com/troupe-im/troupe/bench/internal/report"
)

type replayFlags struct {
	excerpts, messages, connections int
	repeatFor                       time.Duration
	options                         replay.Options
}

func newReplay(a *app) *cobra.Command {
	var f replayFlags
	c := &cobra.Command{
		Use:   "replay [FILE]",
		Short: "Play recorded chat and judge every delivery",
		Long: "replay plays a recording: each excerpt is a group of its own, each user of it a user with a\n" +
			"connection while present, in the recorded order, as many excerpts at once as the limit of\n" +
			"open files allows. What each receiver must get comes from the harness's own model; anything\n" +
			"lost, doubled, changed or out of order is exit status 1, and so is a run without deliveries.\n\n" +
			"FILE is bench/data/irc-shape.tsv.gz if left out.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.options.Tamper.Check(); err != nil {
				return err
			}
			file := ""
			if len(args) == 1 {
				file = args[0]
			}
			return a.play(c.Context(), func(ctx context.Context, w *world) (*report.Result, error) { return a.replay(ctx, w, file, &f) })
		},
	}
	c.Flags().IntVar(&f.excerpts, "excerpts", 0, "play only the first N excerpts; 0 = all")
	c.Flags().IntVar(&f.messages, "messages", 0, "of each excerpt, play only up to the first N messages; 0 = all")
	c.Flags().IntVar(&f.connections, "connections", 0, "connections at once at most; 0 = what the limit of open files allows")
	c.Flags().DurationVar(&f.repeatFor, "repeat-for", 0, "play again, with new groups, until so long has passed")
	c.Flags().DurationVar(&f.options.Patience, "patience", time.Minute, "how long a receiver may take to get what is due at its end")
	c.Flags().StringVar((*string)(&f.options.Tamper), "tamper", "", "make the first message of each receiver `lost, doubled, changed` or swapped, to see the run fail")
	return c
}

func (a *app) replay(ctx context.Context, w *world, file string, f *replayFlags) (*report.Result, error) {
	if file == "" {
		root, err := load.ModuleRoot(ctx)
		if err != nil {
			return nil, err
		}
		file = filepath.Join(root, "bench", "data", "irc-shape.tsv.gz")
	}
	recording, err := replay.Read(file)
	if err != nil {
		return nil, err
	}
	recording = replay.Cut(recording, f.excerpts, f.messages)
	room := w.connections
	if f.connections > 0 {
		room = min(room, f.connections)
	}
	stats, began := replay.NewStats(), time.Now()
	watch := a.sampler(w)
	watch.Latency, watch.Operations, watch.Delivered = stats.Heard, stats.Operations.Load, stats.Delivered.Load
	before, err := w.cpu()
	if err != nil {
		return nil, err
	}
	watch.Start(ctx)
	for round := 1; ; round++ {
		target := *w.Target
		target.Run = fmt.Sprintf("%s%d", w.Run, round)
		err = playAll(ctx, &target, &f.options, stats, recording, room)
		if err != nil || time.Since(began) >= f.repeatFor {
			break
		}
	}
	after, cpuErr := w.cpu()
	r := stats.Result(time.Since(began))
	r.Started = began
	a.watched(watch, r)
	if r.Delivered > 0 {
		r.ServerCPUUsPerDelivery = float64((after - before).Microseconds()) / float64(r.Delivered)
	}
	return r, errors.Join(err, cpuErr)
}

// playAll plays the excerpts in order, as many at once as there is room for
// their connections.
func playAll(ctx context.Context, target *load.Target, o *replay.Options, stats *replay.Stats, recording []replay.Excerpt, room int) error {
	free := newBudget(room)
	var players sync.WaitGroup
	defer players.Wait()
	for i := range recording {
		e := &recording[i]
		need := e.Peak() + 2 // the owner, and one who is leaving
		if need > room {
			return fmt.Errorf("excerpt %d needs %d connections at once, there is room for %d", e.Number, need, room)
		}
		if err := free.take(ctx, need); err != nil {
			return err
		}
		players.Go(func() {
			defer free.give(need)
			_ = replay.NewPlayer(target, o, stats, e.Number).Play(ctx, e) // stats has it
		})
	}
	return nil
}
