package report

import (
	"fmt"
	"math"
	"strconv"
)

// figure is one headline of the page.
type figure struct {
	Label, Value, Unit, Detail string
	// Class is good, bad or neither.
	Class string
	Bars  []bar
}

// bar compares figures by length.
type bar struct {
	Class, Label, Text string
	Percent            int
}

// figures are those that were measured, the weightiest first.
func (r *Result) figures() []figure {
	var out []figure
	if d := r.Deliveries; d != nil {
		out = append(out, figure{Label: "Deliveries per second", Value: rateOf(r.DeliveriesPerS),
			Detail: grouped(d.Delivered) + " of " + grouped(d.Expected) + " expected"})
	}
	// Where operations serve deliveries they are a fact among others.
	if r.Operations > 0 && (r.Deliveries == nil || r.ServerCPUUsPerOperation > 0) {
		out = append(out, figure{Label: "Operations per second", Value: rateOf(r.OperationsPerS),
			Detail: grouped(r.Operations) + " in all"})
	}
	if v := r.ServerCPUUsPerDelivery; v > 0 {
		out = append(out, r.cost("delivery", v, r.FloorCPUUsPerDelivery))
	}
	if v := r.ServerCPUUsPerOperation; v > 0 {
		out = append(out, r.cost("operation", v, r.FloorCPUUsPerOperation))
	}
	if p := r.Latency; p != nil {
		out = append(out, p.figure("Latency, p50"))
	}
	if p := r.Ack; p != nil && r.Latency == nil {
		out = append(out, p.figure("Time to the answer, p50"))
	}
	if d := r.Deliveries; d != nil {
		out = append(out, d.figure())
	}
	if v := r.BytesPerConnection; v > 0 {
		out = append(out, figure{Label: "Memory per connection", Value: figureOf(v / 1000), Unit: "KB",
			Detail: "resident, without mapped files"})
	}
	return out
}

func (r *Result) cost(per string, server, floor float64) figure {
	f := figure{Label: "Server CPU per " + per, Value: figureOf(server), Unit: "µs"}
	if floor <= 0 {
		return f
	}
	most := math.Max(server, floor)
	f.Bars = []bar{
		{Class: "server", Label: "server", Text: figureOf(server), Percent: int(100 * server / most)},
		{Class: "floor", Label: "floor", Text: figureOf(floor), Percent: int(100 * floor / most)},
	}
	f.Detail = figureOf(server/floor) + " times the floor"
	return f
}

func (p *Percentiles) figure(label string) figure {
	value, unit := millis(p.P50)
	p99, u99 := millis(p.P99)
	most, uMost := millis(p.Max)
	return figure{Label: label, Value: value, Unit: unit, Detail: fmt.Sprintf("p99 %s %s, max %s %s", p99, u99, most, uMost)}
}

func (d *Deliveries) figure() figure {
	f := figure{Label: "Deliveries lost", Value: grouped(d.Lost),
		Class:  "good",
		Detail: fmt.Sprintf("%s doubled, %s out of order", grouped(d.Doubled), grouped(d.Disordered))}
	if d.failed() != nil {
		f.Class = "bad"
	}
	if d.Skipped > 0 {
		f.Detail += fmt.Sprintf(", %s skipped and told", grouped(d.Skipped))
	}
	if d.Changed+d.Foreign > 0 {
		f.Detail += fmt.Sprintf(", %s changed, %s to others", grouped(d.Changed), grouped(d.Foreign))
	}
	return f
}

// figureOf writes three digits, and all of those before the point.
func figureOf(v float64) string {
	switch {
	case v >= 99.95:
		return grouped(uint64(v + 0.5))
	case v == 0:
		return "0"
	}
	text := strconv.FormatFloat(v, 'g', 3, 64)
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return text
}

// rateOf is figureOf with millions named.
func rateOf(v float64) string {
	if v >= 999_500 {
		return figureOf(v/1e6) + " M"
	}
	return figureOf(v)
}

// millis writes milliseconds in the unit that suits them.
func millis(ms float64) (value, unit string) {
	switch {
	case ms >= 1000:
		return figureOf(ms / 1000), "s"
	case ms < 1 && ms > 0:
		return figureOf(ms * 1000), "µs"
	}
	return figureOf(ms), "ms"
}
