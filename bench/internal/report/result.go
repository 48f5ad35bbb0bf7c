package report

import (
	"errors"
	"fmt"
	"time"

	"github.com/troupe-im/troupe/bench/internal/load"
)

// Result is one run of one scenario. A figure that was not measured is zero or
// nil and is left out of the JSON.
type Result struct {
	Scenario string `json:"scenario"`
	// Subscribers are connections that listen; Connections all there are, if
	// that is another number.
	Subscribers int `json:"subscribers,omitempty"`
	Connections int `json:"connections,omitempty"`
	// Deliveries is nil if the scenario does not judge deliveries. Its fields
	// are fields of the document.
	*Deliveries

	DeliveriesPerS          float64 `json:"deliveries_per_s,omitempty"`
	ServerCPUUsPerDelivery  float64 `json:"server_cpu_us_per_delivery,omitempty"`
	FloorCPUUsPerDelivery   float64 `json:"floor_cpu_us_per_delivery,omitempty"`
	Operations              uint64  `json:"operations,omitempty"`
	OperationsPerS          float64 `json:"operations_per_s,omitempty"`
	ServerCPUUsPerOperation float64 `json:"server_cpu_us_per_operation,omitempty"`
	FloorCPUUsPerOperation  float64 `json:"floor_cpu_us_per_operation,omitempty"`
	FramesPerWrite          float64 `json:"frames_per_write,omitempty"`
	// Ratio is the server's processor time over the floor's, per delivery, or
	// per operation if there are no deliveries.
	Ratio float64 `json:"ratio,omitempty"`

	// Latency is from a request to each receiver of what it caused, Ack from a
	// request to its answer.
	Latency      *Percentiles `json:"latency_ms,omitempty"`
	LatencyCurve Curve        `json:"latency_curve,omitempty"`
	Ack          *Percentiles `json:"ack_ms,omitempty"`
	AckCurve     Curve        `json:"ack_curve,omitempty"`

	BytesPerConnection float64 `json:"bytes_per_connection,omitempty"`
	// Refusals by error code of the protocol ("rate_limited").
	Refusals map[string]uint64 `json:"refusals,omitempty"`

	FloorBefore *Floor `json:"floor_before,omitempty"`
	FloorAfter  *Floor `json:"floor_after,omitempty"`

	Machine  load.Facts `json:"machine"`
	Revision string     `json:"revision,omitempty"`
	// Profile is the name of the limits profile that the server told.
	Profile string   `json:"profile,omitempty"`
	Command []string `json:"command,omitempty"`
	// Started is when measuring began, Seconds how long it took.
	Started time.Time `json:"started,omitzero"`
	Seconds float64   `json:"seconds,omitempty"`

	// Extra are parameters and further figures of the scenario.
	Extra map[string]any `json:"extra,omitempty"`
	// Notes are sentences that a reader must know to understand the figures.
	Notes []string `json:"notes,omitempty"`
	// Faults are what must not happen besides wrong deliveries.
	Faults []string `json:"faults,omitempty"`
	Series *Series  `json:"series,omitempty"`
}

// Deliveries are counted by receiver. Only the first two may be other than
// zero, and Skipped, which a receiver was told of.
type Deliveries struct {
	Expected  uint64 `json:"expected"`
	Delivered uint64 `json:"delivered"`
	// Lost never came and was not announced as skipped.
	Lost uint64 `json:"lost"`
	// Doubled came once more, Disordered after a later one.
	Doubled    uint64 `json:"doubled"`
	Disordered uint64 `json:"disordered"`
	// Skipped are those that the server left out for a slow receiver and told it.
	Skipped uint64 `json:"skipped"`
	// Changed came with another content, Foreign to whom it was not meant.
	Changed uint64 `json:"changed,omitempty"`
	Foreign uint64 `json:"foreign,omitempty"`
}

// Floor is what the same bytes cost a program that does nothing but write them.
type Floor struct {
	CPUUsPerDelivery float64 `json:"cpu_us_per_delivery"`
	FramesPerWrite   float64 `json:"frames_per_write"`
	DeliveriesPerS   float64 `json:"deliveries_per_s"`
	// Unit is what stands in for a delivery ("upgrade"); empty = nothing does.
	Unit string `json:"unit,omitempty"`
}

// unit is what the figures are of.
func (f *Floor) unit() string {
	if f.Unit == "" {
		return "delivery"
	}
	return f.Unit
}

// Failed says why the run proves nothing or the wrong thing, nil if it is good.
func (r *Result) Failed() error {
	var errs []error
	switch {
	case r.Deliveries != nil:
		errs = append(errs, r.Deliveries.failed())
	case r.Operations == 0 && r.Connections == 0 && r.Subscribers == 0:
		errs = append(errs, errors.New("nothing was done: nothing was tested"))
	}
	if n := len(r.Faults); n > 0 {
		errs = append(errs, fmt.Errorf("%d faults, the first: %s", n, r.Faults[0]))
	}
	return errors.Join(errs...)
}

func (d *Deliveries) failed() error {
	switch {
	case d.Expected == 0:
		return errors.New("deliveries: none was expected: nothing was tested")
	case d.Lost+d.Doubled+d.Disordered+d.Changed+d.Foreign > 0:
		return fmt.Errorf("deliveries: %s", d.verdict())
	case d.Delivered+d.Skipped < d.Expected:
		return fmt.Errorf("deliveries: %d expected, %d delivered and %d skipped", d.Expected, d.Delivered, d.Skipped)
	}
	return nil
}

// Complete derives what follows from other figures and was not set: rates from
// counts and seconds, the floor as the mean of before and after, the ratio.
func (r *Result) Complete() {
	r.Started = r.Started.UTC().Truncate(time.Millisecond)
	if r.Revision == "" {
		r.Revision = r.Machine.Revision
	}
	if d := r.Deliveries; d != nil && r.DeliveriesPerS == 0 && r.Seconds > 0 {
		r.DeliveriesPerS = float64(d.Delivered) / r.Seconds
	}
	if r.OperationsPerS == 0 && r.Seconds > 0 {
		r.OperationsPerS = float64(r.Operations) / r.Seconds
	}
	if r.FloorCPUUsPerDelivery == 0 {
		r.FloorCPUUsPerDelivery = floorOf(r.FloorBefore, r.FloorAfter)
	}
	switch {
	case r.Ratio != 0:
	case r.ServerCPUUsPerDelivery > 0 && r.FloorCPUUsPerDelivery > 0:
		r.Ratio = r.ServerCPUUsPerDelivery / r.FloorCPUUsPerDelivery
	case r.ServerCPUUsPerOperation > 0 && r.FloorCPUUsPerOperation > 0:
		r.Ratio = r.ServerCPUUsPerOperation / r.FloorCPUUsPerOperation
	}
}

// floorOf is the mean of those that were measured.
func floorOf(floors ...*Floor) float64 {
	sum, n := 0.0, 0
	for _, f := range floors {
		if f != nil && f.CPUUsPerDelivery > 0 {
			sum += f.CPUUsPerDelivery
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}
