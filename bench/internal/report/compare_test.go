package report

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func fanout(revision string, perS, cpu, p99 float64) *Result {
	return &Result{
		Scenario: "fanout", Revision: revision, Profile: "bench", Subscribers: 100,
		Deliveries: &Deliveries{Expected: 1000, Delivered: 1000}, DeliveriesPerS: perS, ServerCPUUsPerDelivery: cpu,
		Latency: &Percentiles{P50: 1, P90: 2, P99: p99, P999: 20, Max: 30},
	}
}

func TestCompareTwo(t *testing.T) {
	var out bytes.Buffer
	a, b := fanout("aaa", 1000, 2, 10), fanout("bbb", 1500, 1, 12)
	b.Profile, b.FramesPerWrite = "other", 3.5
	require.NoError(t, Compare(&out, Side{"a", []*Result{a}}, Side{"b", []*Result{b}}))
	require.Equal(t, `scenario      fanout
a             revision aaa
b             revision bbb
differing     limits profile: bench / other
                                  a       b   ratio
deliveries per s              1,000   1,500   1.500
server CPU per delivery, µs       2       1   0.500
frames per write                  –     3.5       –
latency p50, ms                   1       1   1.000
latency p90, ms                   2       2   1.000
latency p99, ms                  10      12   1.200
latency p99.9, ms                20      20   1.000
latency max, ms                  30      30   1.000
delivered                     1,000   1,000   1.000
skipped                           0       0       –
`, out.String())
	require.ErrorIs(t, Compare(broken{}, Side{"a", []*Result{a}}, Side{"b", []*Result{b}}), errBroken)
}

func TestCompareRuns(t *testing.T) {
	var out bytes.Buffer
	base := Side{"base", []*Result{fanout("a", 100, 2.0, 10), fanout("a", 120, 2.1, 30), fanout("a", 110, 2.2, 11)}}
	other := Side{"new", []*Result{fanout("b", 200, 2.2, 12), fanout("b", 240, 2.0, 14)}}
	require.NoError(t, Compare(&out, base, other))
	for _, line := range []string{
		`base +revision a, 3 runs: median \(least–most\)\n`,
		`deliveries per s +110 \(100–120\) +220 \(200–240\) +2\.000 \*\n`,
		`server CPU per delivery, µs +2\.1 \(2–2\.2\) +2\.1 \(2–2\.2\) +1\.000\n`,
		`latency p99, ms +11 \(10–30\) +13 \(12–14\) +1\.182\n`,
	} {
		require.Regexp(t, line, out.String())
	}
	require.NotContains(t, out.String(), "differing")
}

// What makes a ratio say less is named; where results went does not.
func TestCompareNamesDifferences(t *testing.T) {
	a, b := fanout("a", 1, 1, 1), fanout("b", 1, 1, 1)
	a.Command, b.Command = []string{"fanout", "--json", "a.json", "--bytes", "9"}, []string{"fanout", "--bytes", "9", "--json=b.json"}
	sides := []Side{{"a", []*Result{a}}, {"b", []*Result{b}}}
	require.Empty(t, differences(sides))
	b.Command[2], b.Machine.Cores, b.Subscribers = "10", 4, 7
	require.Equal(t, []string{
		"cores: 0 / 4", "subscribers: 100 / 7", "command: fanout --bytes 9 / fanout --bytes 10",
	}, differences(sides))
}

func TestCompareRefuses(t *testing.T) {
	good := Side{"good", []*Result{fanout("a", 1, 1, 1)}}
	lost, idle := fanout("a", 1, 1, 1), &Result{Scenario: "idle", Connections: 1}
	lost.Lost = 2
	for want, sides := range map[string][]Side{
		"two sides are needed":                          {good},
		"empty has no runs":                             {good, {"empty", nil}},
		"different scenarios, fanout and idle":          {good, {"idle", []*Result{idle}}},
		"a run of lost failed":                          {good, {"lost", []*Result{lost}}},
		"2 lost, 0 doubled":                             {{"lost", []*Result{lost}}, good},
		"compare: different scenarios, idle and fanout": {{"mixed", []*Result{idle, fanout("a", 1, 1, 1)}}, good},
	} {
		var out bytes.Buffer
		require.ErrorContains(t, Compare(&out, sides...), want)
		require.Empty(t, out.String())
	}
}
