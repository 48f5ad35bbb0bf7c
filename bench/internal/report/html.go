package report

import (
	_ "embed" // the page and what it draws with
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed assets/page.html
var pageHTML string

//go:embed assets/page.css
var pageCSS string

// What there is to draw, and how it is drawn.
//
//go:embed assets/charts.js
var chartsJS string

//go:embed assets/draw.js
var drawJS string

//go:embed assets/uplot/uPlot.iife.min.js
var plotJS string

//go:embed assets/uplot/uPlot.min.css
var plotCSS string

//go:embed assets/uplot/LICENSE
var plotLicence string

// plotVersion is that of the files in assets/uplot.
const plotVersion = "1.6.32"

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// page is what the template shows. The typed strings are our own files, and
// JSON in which <, > and & are escaped.
type page struct {
	Title, Scenario, Size string
	Failure, Verdict      string
	Figures               []figure
	Notes                 []string
	Facts                 []facts
	Command               string
	Data                  template.JS

	CSS, PlotCSS template.CSS
	JS, PlotJS   template.JS
	PlotVersion  string
}

// WriteHTML writes one page that needs nothing else: figures, charts, and what
// they were measured on.
func (r *Result) WriteHTML(w io.Writer) error {
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	p := &page{
		Title: "Troupe load report: " + r.Scenario, Scenario: r.Scenario, Size: r.pageSize(), Verdict: r.verdict(),
		Figures: r.figures(), Notes: r.Notes, Facts: r.facts(), Command: commandLine(r.Command), Data: template.JS(data),
		CSS: template.CSS(pageCSS), PlotCSS: template.CSS(plotCSS), PlotVersion: plotVersion,
		JS: template.JS("\"use strict\";\n(() => {\n" + chartsJS + "\n" + drawJS + "})();\n"),
		// A page is a copy of it: the notice goes with it.
		PlotJS: template.JS("/*!\n" + strings.TrimSpace(plotLicence) + "\n*/\n" + plotJS),
	}
	if err := r.Failed(); err != nil {
		p.Failure = strings.Join(strings.Split(err.Error(), "\n"), "; ")
	}
	return pageTemplate.Execute(w, p)
}

func (r *Result) pageSize() string {
	parts := r.who()
	if r.Seconds > 0 {
		parts = append(parts, figureOf(r.Seconds)+" seconds")
	}
	if r.Machine.Cores > 0 {
		parts = append(parts, fmt.Sprintf("%d cores for server and generator together", r.Machine.Cores))
	}
	return strings.Join(parts, " · ")
}

func (r *Result) verdict() string {
	if r.Deliveries == nil {
		return "nothing failed"
	}
	return "no delivery was lost, doubled or out of order"
}

// commandLine is how the run is repeated.
func commandLine(args []string) string {
	if len(args) == 0 {
		return ""
	}
	line := "go run ./bench"
	for _, a := range args {
		if a == "" || strings.ContainsAny(a, " \t\n\"'\\$`<>|&;()*?#~!") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		line += " " + a
	}
	return line
}
