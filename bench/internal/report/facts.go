package report

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
)

// facts are what the figures depend on, for the foot of the page.
type facts struct {
	Name string
	Rows []fact
}

type fact struct{ Name, Value string }

// parameter writes a value; three digits of a fraction are enough.
func parameter(v any) string {
	if f, ok := v.(float64); ok && f >= 0 && f != math.Trunc(f) {
		return figureOf(f)
	}
	return fmt.Sprint(v)
}

// entries are those of a map, by name; nil if v is none or empty.
func entries(v any) (rows []fact) {
	m := reflect.ValueOf(v)
	if m.Kind() != reflect.Map {
		return nil
	}
	for _, k := range m.MapKeys() {
		rows = append(rows, fact{fmt.Sprint(k), parameter(m.MapIndex(k).Interface())})
	}
	slices.SortFunc(rows, func(a, b fact) int { return strings.Compare(a.Name, b.Name) })
	return rows
}

func (f *facts) add(name, value string) {
	if value != "" {
		f.Rows = append(f.Rows, fact{name, value})
	}
}

func (p *Percentiles) facts(name string) facts {
	f := facts{Name: name}
	if p == nil {
		return f
	}
	for _, at := range []struct {
		name string
		ms   float64
	}{{"p50", p.P50}, {"p90", p.P90}, {"p99", p.P99}, {"p99.9", p.P999}, {"max", p.Max}} {
		value, unit := millis(at.ms)
		f.add(at.name, value+" "+unit)
	}
	return f
}

func (r *Result) facts() []facts {
	var out []facts
	for _, f := range []facts{
		r.machineFacts(), r.runFacts(), r.floorFacts(),
		r.Latency.facts("Latency, to each receiver"), r.Ack.facts("Time to the answer"),
		r.refusalFacts(),
	} {
		if len(f.Rows) > 0 {
			out = append(out, f)
		}
	}
	return append(out, r.parameterFacts()...)
}

func (r *Result) machineFacts() facts {
	f := facts{Name: "Machine"}
	f.add("Processor", r.Machine.CPU)
	if r.Machine.Cores > 0 {
		f.add("Cores", fmt.Sprint(r.Machine.Cores))
	}
	f.add("Memory", memoryIn(r.Machine.Memory))
	f.add("System", r.Machine.System)
	f.add("Go", r.Machine.Go)
	return f
}

func (r *Result) runFacts() facts {
	f := facts{Name: "Run"}
	f.add("Revision", r.Revision)
	f.add("Limits profile", r.Profile)
	if !r.Started.IsZero() {
		f.add("Started", r.Started.UTC().Format(time.DateTime)+" UTC")
	}
	if r.Seconds > 0 {
		f.add("Measured for", figureOf(r.Seconds)+" s")
	}
	if r.Operations > 0 {
		f.add("Operations", grouped(r.Operations)+", "+rateOf(r.OperationsPerS)+"/s")
	}
	if r.FramesPerWrite > 0 {
		f.add("Frames per write", figureOf(r.FramesPerWrite))
	}
	return f
}

func (r *Result) floorFacts() facts {
	f := facts{Name: "Floor: the same bytes, only written"}
	if r.FloorBefore != nil && r.FloorBefore.Unit != "" {
		f.Name = "Floor: bare " + r.FloorBefore.Unit + "s"
	}
	for _, at := range []struct {
		when string
		of   *Floor
	}{{"before", r.FloorBefore}, {"after", r.FloorAfter}} {
		if at.of != nil {
			unit := at.of.unit()
			f.add("CPU per "+unit+", "+at.when, figureOf(at.of.CPUUsPerDelivery)+" µs")
			f.add("Frames per write, "+at.when, figureOf(at.of.FramesPerWrite))
			f.add("Rate, "+at.when, rateOf(at.of.DeliveriesPerS)+"/s")
		}
	}
	return f
}

// parameterFacts are one list, and one more for each parameter that is a map or
// a distribution.
func (r *Result) parameterFacts() (out []facts) {
	plain := facts{Name: "Parameters"}
	for _, k := range slices.Sorted(maps.Keys(r.Extra)) {
		name := strings.ReplaceAll(k, "_", " ")
		if p, ok := r.Extra[k].(*Percentiles); ok {
			out = append(out, p.facts(strings.TrimSuffix(name, " ms")))
			continue
		}
		if rows := entries(r.Extra[k]); rows != nil {
			out = append(out, facts{Name: name, Rows: rows})
			continue
		}
		plain.add(name, parameter(r.Extra[k]))
	}
	if len(plain.Rows) > 0 {
		out = append([]facts{plain}, out...)
	}
	return out
}

func (r *Result) refusalFacts() facts {
	f := facts{Name: "Refusals by code"}
	for _, k := range slices.Sorted(maps.Keys(r.Refusals)) {
		f.add(k, grouped(r.Refusals[k]))
	}
	return f
}
