package report

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/bench/internal/load"
)

func TestWrite(t *testing.T) {
	r := &Result{
		Scenario: "fanout", Subscribers: 15000, Seconds: 60, Profile: "bench",
		Machine:    load.Facts{CPU: "a processor", Cores: 2, Memory: "24684092 kB", Go: "go1.26"},
		Deliveries: &Deliveries{Expected: 1234567, Delivered: 1234566, Skipped: 1}, DeliveriesPerS: 20576.1,
		ServerCPUUsPerDelivery: 1.234, FramesPerWrite: 8.25,
		FloorBefore: &Floor{CPUUsPerDelivery: 1, FramesPerWrite: 8, DeliveriesPerS: 1e6},
		Latency:     &Percentiles{P50: 1, P90: 2, P99: 3, P999: 4, Max: 5}, BytesPerConnection: 6900,
		Refusals: map[string]uint64{"429 busy": 3}, Extra: map[string]any{"bytes": 300, "by": map[string]uint64{"b": 2, "a": 1}},
		Notes: []string{"the machine was not quiet"}, Faults: []string{"a fault"},
	}
	r.Complete()
	var out bytes.Buffer
	require.NoError(t, r.Write(&out))
	require.Equal(t, `scenario      fanout, 15,000 subscribers, 60.0 s
machine       a processor, 2 cores, 23.5 GiB, go1.26
profile       bench
parameters    by (a 1, b 2), bytes 300
refusals      429 busy 3
deliveries    1,234,566 of 1,234,567, 20,576/s
              0 lost, 0 doubled, 0 out of order, 1 skipped and told
server        1.23 µs CPU per delivery, floor 1, ratio 1.23
writes        8.2 frames each
floor before  1 µs CPU per delivery, 8.0 frames per write, 1,000,000/s
memory        6.9 KB per connection
latency       p50 1.00  p90 2.00  p99 3.00  p99.9 4.00  max 5.00 ms
fault         a fault
note          the machine was not quiet
`, out.String())
	require.ErrorIs(t, r.Write(broken{}), errBroken)
}

// A floor says what it is measured in, and fractions end after three digits.
func TestWriteUnits(t *testing.T) {
	r := &Result{
		Scenario: "joinstorm", Connections: 500, Operations: 500, ServerCPUUsPerOperation: 140, FloorCPUUsPerOperation: 60,
		FloorBefore: &Floor{CPUUsPerDelivery: 60, FramesPerWrite: 1, DeliveriesPerS: 9516, Unit: "upgrade"},
		Extra: map[string]any{"frames_per_read": 0.9967105263157895, "rate": 20.0, "users": 15000,
			"latency_before_ms": &Percentiles{P50: 1, P90: 2, P99: 3, P999: 4, Max: 5}},
	}
	r.Complete()
	var out bytes.Buffer
	require.NoError(t, r.Write(&out))
	require.Contains(t, out.String(), "parameters    frames_per_read 0.997, latency_before_ms (p50 1.00  p90 2.00  p99 3.00  p99.9 4.00  max 5.00 ms), rate 20, users 15000\n")
	require.Contains(t, out.String(), "floor before  60 µs CPU per upgrade, 1.0 frames per write, 9,516/s\n")
	page := pageOf(t, r)
	for _, text := range []string{"Floor: bare upgrades", "CPU per upgrade, before", ">0.997<", ">latency before<", ">5 ms<"} {
		requireIn(t, page, text)
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestProgress(t *testing.T) {
	s := &Series{
		T: Column{0.5, 1, 1.5}, Delivered: Column{100, 40000, 80100}, Expected: Column{100, 40000, 80200}, Operations: Column{1, 2, 3},
		P99: Column{1, 2, 12.34}, ServerCPU: Column{0, 0, 0.97}, RssAnon: Column{1, 1, 123e6}, Connections: Column{10, 10, 15000},
	}
	const newest = "  1.5 s  15000 conns  2 ops/s  80.0 k deliveries/s  80.1 k of 80.2 k  p99 12.3 ms  server 97%  123 MB"
	var out bytes.Buffer
	p := NewProgress(&out)
	p.Show(&Series{})
	p.Show(s)
	p.Show(s) // a second has not passed
	p.End()
	require.Equal(t, newest+"\n", out.String())

	out.Reset()
	p.terminal = true
	p.Show(s)
	p.Show(&Series{T: Column{2}, ServerCPU: Column{1}})
	p.End()
	p.End()
	wiped := "  2.0 s  server 100%"
	require.Equal(t, "\r"+newest+"\r"+wiped+string(bytes.Repeat([]byte(" "), len(newest)-len(wiped)))+"\n", out.String())
}
