package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
)

// requireIn does not print the page, which is long.
func requireIn(t *testing.T, page, text string) {
	t.Helper()
	require.True(t, strings.Contains(page, text), "%q is not in the page", text)
}

func requireNotIn(t *testing.T, page, text string) {
	t.Helper()
	require.False(t, strings.Contains(page, text), "%q is in the page", text)
}

func pageOf(t *testing.T, r *Result) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, r.WriteHTML(&out))
	return out.String()
}

// inside is what scripts and styles hold: text of other languages.
var inside = regexp.MustCompile(`(?s)(<(?:script|style)[^>]*>).*?(</(?:script|style)>)`)

var void = map[string]bool{"meta": true, "link": true}

// requireHTML checks that every element is closed where it must be.
func requireHTML(t *testing.T, page string) {
	t.Helper()
	require.True(t, strings.HasPrefix(page, "<!doctype html>\n<html lang"))
	dec := xml.NewDecoder(strings.NewReader(inside.ReplaceAllString(page, "$1$2")))
	dec.Strict, dec.Entity = false, xml.HTMLEntity
	var open []string
	for {
		token, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		switch e := token.(type) {
		case xml.StartElement:
			if !void[e.Name.Local] {
				open = append(open, e.Name.Local)
			}
		case xml.EndElement:
			require.NotEmpty(t, open)
			require.Equal(t, open[len(open)-1], e.Name.Local)
			open = open[:len(open)-1]
		}
	}
	require.Empty(t, open)
}

var dataOf = regexp.MustCompile(`(?s)<script type="application/json" id="result">(.*?)</script>`)

func TestWriteHTML(t *testing.T) {
	r := sampleResult()
	page := pageOf(t, r)
	requireHTML(t, page)
	for _, text := range []string{
		"<h1>fanout</h1>", "15,000 subscribers", ">Passed<", ">1.31 <small>µs</small>", "1.25 times the floor",
		`<p class="value good">0</p>`, "6.88 <small>KB</small>", "AMD EPYC 9654", "23.5 GiB", "0123456789ab", ">bench<",
		"1.02 µs", "1.08 µs", "2026-05-04 13:37:00 UTC", "go run ./bench fanout --subscribers 15000", "messages per s",
		"<h2>operations by name</h2>", "<dt>join_group</dt><dd>15000</dd>",
		"a hundred readers were stopped", "Permission is hereby granted",
	} {
		requireIn(t, page, text)
	}
	data := dataOf.FindStringSubmatch(page)
	require.NotNil(t, data)
	var back Result
	require.NoError(t, json.Unmarshal([]byte(data[1]), &back))
	// Columns have six digits, and a free map knows no types.
	require.Empty(t, cmp.Diff(r, &back, cmpopts.EquateApprox(1e-5, 0), cmpopts.EquateNaNs(), cmpopts.IgnoreFields(Result{}, "Extra")))
}

// A page asks nobody for anything, and forbids it.
func TestWriteHTMLRefersNowhere(t *testing.T) {
	page := pageOf(t, sampleResult())
	named := regexp.MustCompile(`https?://\S*`).FindAllString(page, -1)
	require.Equal(t, []string{"https://github.com/leeoniya/uPlot"}, named, "only the notice of uPlot names an address")
	requireIn(t, page, `content="default-src 'none';`)
	require.Empty(t, regexp.MustCompile(`(?i)<[^>]+\s(src|srcset)=`).FindString(page))
	require.Equal(t, []string{`href="data:,"`}, regexp.MustCompile(`\bhref="[^"]*"`).FindAllString(page, -1))
	require.Empty(t, regexp.MustCompile(`@import|url\(`).FindString(page))
	requireIn(t, page, "(v"+plotVersion+")")
}

// What a run was given ends no element.
func TestWriteHTMLEscapes(t *testing.T) {
	const hostile = `</script><script>alert("x")</script><!--&amp;'` + "\u2028"
	r := sampleResult()
	r.Scenario, r.Profile, r.Revision, r.Machine.CPU = hostile, hostile, hostile, hostile
	r.Command, r.Notes, r.Faults = []string{hostile}, []string{hostile}, []string{hostile}
	r.Lost = 1
	r.Extra, r.Refusals = map[string]any{hostile: hostile}, map[string]uint64{hostile: 1}
	r.Series.Gateway.Ladder[hostile] = Column{1}
	page := pageOf(t, r)
	requireHTML(t, page)
	requireNotIn(t, page, "<script>alert")
	requireNotIn(t, page, "<!--")
	require.Equal(t, 3, strings.Count(page, "</script>"))
	require.Equal(t, 3, strings.Count(page, "<script"))
	var back Result
	require.NoError(t, json.Unmarshal([]byte(dataOf.FindStringSubmatch(page)[1]), &back))
	require.Equal(t, hostile, back.Command[0])
	requireIn(t, page, "; 1 faults, the first: ")
	requireIn(t, page, ">Failed<")
}

func TestWriteHTMLOfLittle(t *testing.T) {
	page := pageOf(t, &Result{Scenario: "idle", Connections: 10, BytesPerConnection: 6900})
	requireHTML(t, page)
	require.Equal(t, 1, strings.Count(page, `class="figure"`))
	for _, absent := range []string{"<dl>", "Command", "NaN", "Deliveries lost", "floor"} {
		requireNotIn(t, inside.ReplaceAllString(page, ""), absent)
	}
	require.Error(t, (&Result{Scenario: "x", Ratio: math.NaN()}).WriteHTML(io.Discard))
	require.ErrorIs(t, sampleResult().WriteHTML(broken{}), errBroken)
}

func TestFigureOf(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.00123: "0.00123", 1: "1", 1.234: "1.23", 12.35: "12.3", 99.96: "100", 123.4: "123", 751043.4: "751,043", 9.999: "10",
	} {
		require.Equal(t, want, figureOf(v))
	}
	require.Equal(t, "1.24 M", rateOf(1_236_000))
	for ms, want := range map[float64]string{0: "0 ms", 0.25: "250 µs", 2.25: "2.25 ms", 1500: "1.5 s"} {
		value, unit := millis(ms)
		require.Equal(t, want, value+" "+unit)
	}
}

func TestCommandLine(t *testing.T) {
	require.Empty(t, commandLine(nil))
	require.Equal(t, `go run ./bench fanout --for=60s 'a b' '' 'it'\''s'`, commandLine([]string{"fanout", "--for=60s", "a b", "", "it's"}))
}
