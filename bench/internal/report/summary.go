package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Write prints the result for people. What was not measured has no line.
func (r *Result) Write(w io.Writer) error {
	p := &printer{w: w}
	p.line("scenario", "%s", r.Scenario+r.size())
	p.line("machine", "%s", r.machine())
	if r.Profile != "" {
		p.line("profile", "%s", r.Profile)
	}
	r.writeParameters(p)
	r.writeWork(p)
	r.writeCost(p)
	if r.Latency != nil {
		p.line("latency", "%s", r.Latency)
	}
	if r.Ack != nil {
		p.line("answers", "%s", r.Ack)
	}
	for _, f := range r.Faults {
		p.line("fault", "%s", f)
	}
	for _, n := range r.Notes {
		p.line("note", "%s", n)
	}
	return p.err
}

// who are the connections, by what they do.
func (r *Result) who() (parts []string) {
	if r.Subscribers > 0 {
		parts = append(parts, grouped(uint64(r.Subscribers))+" subscribers")
	}
	if r.Connections > 0 {
		parts = append(parts, grouped(uint64(r.Connections))+" connections")
	}
	return parts
}

func (r *Result) size() string {
	parts := r.who()
	if r.Seconds > 0 {
		parts = append(parts, fmt.Sprintf("%.1f s", r.Seconds))
	}
	if len(parts) == 0 {
		return ""
	}
	return ", " + strings.Join(parts, ", ")
}

func (r *Result) machine() string {
	m := r.Machine
	var parts []string
	for _, s := range []string{m.CPU, fmt.Sprintf("%d cores", m.Cores), memoryIn(m.Memory), m.System, m.Go, r.Revision} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

// memoryIn writes "24684092 kB" as "23.5 GiB"; anything else stays.
func memoryIn(text string) string {
	var kb float64
	if n, err := fmt.Sscanf(text, "%f kB", &kb); n != 1 || err != nil {
		return text
	}
	return fmt.Sprintf("%.1f GiB", kb/(1<<20))
}

func (r *Result) writeParameters(p *printer) {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(r.Extra)) {
		parts = append(parts, k+" "+inWords(r.Extra[k]))
	}
	if len(parts) > 0 {
		p.line("parameters", "%s", strings.Join(parts, ", "))
	}
}

// inWords writes a parameter; of a map its entries by name.
func inWords(v any) string {
	if p, ok := v.(*Percentiles); ok {
		return "(" + p.String() + ")"
	}
	rows := entries(v)
	if rows == nil {
		return parameter(v)
	}
	var parts []string
	for _, f := range rows {
		parts = append(parts, f.Name+" "+f.Value)
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func (r *Result) writeWork(p *printer) {
	if r.Operations > 0 {
		p.line("operations", "%s, %s/s", grouped(r.Operations), grouped(uint64(r.OperationsPerS+0.5)))
	}
	if len(r.Refusals) > 0 {
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(r.Refusals)) {
			parts = append(parts, fmt.Sprintf("%s %d", k, r.Refusals[k]))
		}
		p.line("refusals", "%s", strings.Join(parts, ", "))
	}
	if d := r.Deliveries; d != nil {
		p.line("deliveries", "%s of %s, %s/s", grouped(d.Delivered), grouped(d.Expected), grouped(uint64(r.DeliveriesPerS+0.5)))
		p.line("", "%s", d.verdict())
	}
}

// verdict names every sort of wrong, those that are nought as well.
func (d *Deliveries) verdict() string {
	text := fmt.Sprintf("%d lost, %d doubled, %d out of order, %d skipped and told", d.Lost, d.Doubled, d.Disordered, d.Skipped)
	if d.Changed+d.Foreign > 0 {
		text += fmt.Sprintf(", %d changed, %d not meant for the receiver", d.Changed, d.Foreign)
	}
	return text
}

func (r *Result) writeCost(p *printer) {
	if v := r.ServerCPUUsPerDelivery; v > 0 {
		p.line("server", "%.3g µs CPU per delivery%s", v, r.against(r.FloorCPUUsPerDelivery))
	}
	if v := r.ServerCPUUsPerOperation; v > 0 {
		p.line("server", "%.3g µs CPU per operation%s", v, r.against(r.FloorCPUUsPerOperation))
	}
	if r.FramesPerWrite > 0 {
		p.line("writes", "%.1f frames each", r.FramesPerWrite)
	}
	for _, f := range []struct {
		name string
		at   *Floor
	}{{"floor before", r.FloorBefore}, {"floor after", r.FloorAfter}} {
		if f.at != nil {
			p.line(f.name, "%.3g µs CPU per %s, %.1f frames per write, %s/s",
				f.at.CPUUsPerDelivery, f.at.unit(), f.at.FramesPerWrite, grouped(uint64(f.at.DeliveriesPerS+0.5)))
		}
	}
	if r.BytesPerConnection > 0 {
		p.line("memory", "%.1f KB per connection", r.BytesPerConnection/1000)
	}
}

func (r *Result) against(floor float64) string {
	if floor == 0 || r.Ratio == 0 {
		return ""
	}
	return fmt.Sprintf(", floor %.3g, ratio %.2f", floor, r.Ratio)
}

// grouped writes 1234567 as 1,234,567.
func grouped(n uint64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(name, format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, "%-13s %s\n", name, fmt.Sprintf(format, args...))
	}
}
