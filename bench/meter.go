//go:build linux

package main

import (
	"context"
	"time"

	"github.com/troupe-im/troupe/bench/internal/report"
	"github.com/troupe-im/troupe/bench/internal/swarm"
)

// meter measures what happens between begin and end.
type meter struct {
	w *world
	s *swarm.Swarm

	at      time.Time
	cpu     time.Duration
	own     time.Duration
	gateway *report.Gateway
	tally   swarm.Tally

	began          time.Time
	took           time.Duration
	server, reader time.Duration // processor time
	deliveries     uint64
	tips           uint64 // of them
	bytes, reads   uint64
	framesPerWrite float64
}

func (m *meter) begin(ctx context.Context) (err error) {
	if m.w.server != nil {
		if m.gateway, err = report.Scrape(ctx, m.w.server.Admin); err != nil {
			return err
		}
	}
	if m.cpu, err = m.w.cpu(); err != nil {
		return err
	}
	if m.own, err = m.w.generatorCPU(); err != nil {
		return err
	}
	m.tally, m.at = m.s.Tally(), time.Now()
	m.began = m.at
	return nil
}

func (m *meter) end(ctx context.Context) error {
	m.took = time.Since(m.at)
	cpu, err := m.w.cpu()
	if err != nil {
		return err
	}
	own, err := m.w.generatorCPU()
	if err != nil {
		return err
	}
	t := m.s.Tally()
	m.server, m.reader = cpu-m.cpu, own-m.own
	m.deliveries = t.Messages + t.Tips - m.tally.Messages - m.tally.Tips
	m.tips = t.Tips - m.tally.Tips
	m.bytes, m.reads = t.Bytes-m.tally.Bytes, t.Reads-m.tally.Reads
	if m.w.server == nil {
		return nil
	}
	g, err := report.Scrape(ctx, m.w.server.Admin)
	if err != nil {
		return err
	}
	m.framesPerWrite = g.FramesPerWrite(m.gateway)
	return nil
}

// frameBytes is the mean size of a frame on the wire, its header included.
func (m *meter) frameBytes() int { return int(m.bytes / max(m.deliveries, 1)) }

func (m *meter) perSecond() float64 { return float64(m.deliveries) / m.took.Seconds() }

// fill puts the figures into a result.
func (m *meter) fill(r *report.Result) {
	r.Started, r.Seconds = m.began, m.took.Seconds()
	r.DeliveriesPerS, r.FramesPerWrite = m.perSecond(), m.framesPerWrite
	r.ServerCPUUsPerDelivery = micros(m.server, m.deliveries)
	r.Extra["generator_cpu_us_per_delivery"] = micros(m.reader, m.deliveries)
	r.Extra["frame_bytes"] = m.frameBytes()
	r.Extra["frames_per_read"] = float64(m.deliveries) / float64(max(m.reads, 1))
	r.Extra["measured_deliveries"] = m.deliveries
}
