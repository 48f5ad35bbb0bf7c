package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// comparable says why sides cannot be compared, nil if they can.
func comparable(sides []Side) error {
	if len(sides) < 2 {
		return errors.New("compare: two sides are needed")
	}
	scenario := ""
	for _, s := range sides {
		if len(s.Runs) == 0 {
			return fmt.Errorf("compare: %s has no runs", s.Name)
		}
		for _, r := range s.Runs {
			switch {
			case scenario == "":
				scenario = r.Scenario
			case r.Scenario != scenario:
				return fmt.Errorf("compare: different scenarios, %s and %s", scenario, r.Scenario)
			}
			if err := r.Failed(); err != nil {
				return fmt.Errorf("compare: a run of %s failed, its figures say nothing: %w", s.Name, err)
			}
		}
	}
	return nil
}

// differences are what makes a ratio say less: the runs were not the same but
// for the revision.
func differences(sides []Side) (out []string) {
	var all []*Result
	for _, s := range sides {
		all = append(all, s.Runs...)
	}
	for _, of := range []struct {
		name string
		get  func(*Result) string
	}{
		{"processor", func(r *Result) string { return r.Machine.CPU }},
		{"cores", func(r *Result) string { return fmt.Sprint(r.Machine.Cores) }},
		{"memory", func(r *Result) string { return memoryIn(r.Machine.Memory) }},
		{"system", func(r *Result) string { return r.Machine.System }},
		{"Go", func(r *Result) string { return r.Machine.Go }},
		{"limits profile", func(r *Result) string { return r.Profile }},
		{"subscribers", func(r *Result) string { return fmt.Sprint(r.Subscribers) }},
		{"connections", func(r *Result) string { return fmt.Sprint(r.Connections) }},
		{"command", asked},
	} {
		if values := distinct(all, of.get); len(values) > 1 {
			out = append(out, of.name+": "+strings.Join(values, " / "))
		}
	}
	return out
}

// outputs are flags that do not change what is measured.
var outputs = []string{"--json", "--html", "--cpuprofile", "--server"}

// asked is the command without where its results go.
func asked(r *Result) string {
	var kept []string
	for i := 0; i < len(r.Command); i++ {
		flag, _, joined := strings.Cut(r.Command[i], "=")
		switch {
		case !slices.Contains(outputs, flag):
			kept = append(kept, r.Command[i])
		case !joined:
			i++ // its value
		}
	}
	return strings.Join(kept, " ")
}

// distinct are the different values in order of appearance, without empty ones.
func distinct(runs []*Result, get func(*Result) string) (out []string) {
	for _, r := range runs {
		if v := get(r); v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}
