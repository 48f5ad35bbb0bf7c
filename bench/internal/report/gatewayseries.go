package report

import (
	"context"
	"math"
)

// ask reads the server's metrics; nil if that failed.
func (s *Sampler) ask(ctx context.Context) *Gateway {
	g, err := s.Gateway(ctx)
	if err != nil {
		if ctx.Err() == nil { // Stop interrupts
			s.fail("gateway", err)
		}
		return nil
	}
	return g
}

// sampleGateway adds a row; a failed reading adds none.
func (s *Sampler) sampleGateway(g *Gateway, t float64) {
	before := s.gateway
	if g == nil {
		return
	}
	s.gateway = g
	joined, mean, p99 := math.NaN(), math.NaN(), math.NaN() // the first row has no interval
	if before != nil {
		if before = g.since(before); g.Writes > before.Writes {
			joined = g.FramesPerWrite(before)
		}
		mean, p99 = g.depth(before)
		// What a server wrote between the last look and its end is not known.
		s.frames, s.writes = s.frames+g.Frames-before.Frames, s.writes+g.Writes-before.Writes
	}
	c := s.series.Gateway
	c.FramesPerWrite = append(c.FramesPerWrite, joined)
	c.DepthMean, c.DepthP99 = append(c.DepthMean, mean), append(c.DepthP99, p99)
	if s.ladder == nil {
		s.ladder = map[string]float64{}
	}
	for step, n := range g.Ladder {
		if before != nil {
			n -= before.Ladder[step]
		}
		s.ladder[step] += n
	}
	for step, n := range s.ladder {
		for len(c.Ladder[step]) < len(c.T) { // the server began to count it just now
			c.Ladder[step] = append(c.Ladder[step], 0)
		}
		c.Ladder[step] = append(c.Ladder[step], n)
	}
	c.T = append(c.T, t)
}

// depth is of the observations since before.
func (g *Gateway) depth(before *Gateway) (mean, p99 float64) {
	n := g.DepthCount - before.DepthCount
	if n <= 0 || len(g.Depth) != len(before.Depth) {
		return 0, 0
	}
	mean = (g.DepthSum - before.DepthSum) / n
	low, below := 0.0, 0.0
	for i, b := range g.Depth {
		upto := b.Count - before.Depth[i].Count
		if upto >= 0.99*n {
			if math.IsInf(b.Upto, 1) {
				return mean, low // beyond the last bound: at least that
			}
			// As if they lay evenly in the bucket.
			return mean, low + (b.Upto-low)*(0.99*n-below)/max(upto-below, 1)
		}
		low, below = b.Upto, upto
	}
	return mean, low
}
