package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/troupe-im/troupe/bench/internal/load"
	"github.com/troupe-im/troupe/bench/internal/report"
)

// conclude adds to a result what every run has, judges it and writes it
// wherever it is wanted. A run that failed is written as well.
func (a *app) conclude(r *report.Result) error {
	r.Machine, r.Command = load.Machine(), os.Args[1:]
	r.Complete()
	return errors.Join(r.Failed(), r.Write(a.stdout), a.store(a.jsonFile, r.WriteJSON), a.store(a.htmlFile, r.WriteHTML))
}

// store writes a file that may be not wanted.
func (a *app) store(name string, write func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// sampler watches the server that was started, and shows how the run goes. What
// the scenario counts it adds itself.
func (a *app) sampler(w *world) *report.Sampler {
	s := &report.Sampler{Progress: report.NewProgress(a.stderr), GeneratorCPU: w.generatorCPU}
	if w.server != nil {
		s.ServerCPU, s.RssAnon = w.server.CPU, w.server.RssAnon
		s.Gateway = func(ctx context.Context) (*report.Gateway, error) { return report.Scrape(ctx, w.server.Admin) }
	}
	return s
}

// watched ends a sampler and puts what it saw into the result.
func (a *app) watched(s *report.Sampler, r *report.Result) {
	series, err := s.Stop()
	if err != nil {
		a.say("%v", err)
	}
	r.Series, r.FramesPerWrite = series, s.FramesPerWrite()
	if s.Latency != nil {
		r.Latency, r.LatencyCurve = s.Latency.Total()
	}
}
