package group

import (
	"slices"
	"strconv"
	"strings"
)

// Sorts of rows: how a cell of each is shown and read.

// modeRow is a value and whether the kind fixes it: "closed, fixed". Reading
// a value alone leaves that as it is.
func modeRow[T ~uint8](n int, key string, names []string, at func(*Policy) (*T, *bool)) policyRow {
	return policyRow{
		number: n, key: key, values: strings.Join(names[1:], ", ") + "; then fixed or group",
		settled: presenceOnly,
		show: func(p *Policy) string {
			value, fixed := at(p)
			if *value == 0 {
				return notApplicable
			}
			return names[*value] + ", " + pick(*fixed, wordFixed, wordGroup)
		},
		set: func(p *Policy, text string) bool {
			name, how, given := strings.Cut(text, ",")
			value, fixed := at(p)
			v, ok := parseName[T](names, strings.TrimSpace(name))
			*value = v
			if given {
				how = strings.TrimSpace(how)
				*fixed = how == wordFixed
				ok = ok && (how == wordFixed || how == wordGroup)
			}
			return ok
		},
	}
}

func enumRow[T ~uint8](n int, key string, names []string, at func(*Policy) *T, settled func(Kind) string) policyRow {
	return policyRow{
		number: n, key: key, values: strings.Join(names[1:], ", "), settled: settled,
		show: func(p *Policy) string { return names[*at(p)] },
		set: func(p *Policy, text string) bool {
			v, ok := parseName[T](names, text)
			*at(p) = v
			return ok
		},
	}
}

// circleRow takes one of the circles named.
func circleRow(n int, key, names string, at func(*Policy) *Circle, settled func(Kind) string) policyRow {
	allowed := strings.Fields(names)
	return policyRow{
		number: n, key: key, values: strings.Join(allowed, ", "), settled: settled,
		show: func(p *Policy) string {
			if *at(p) == 0 {
				return notApplicable
			}
			return at(p).String()
		},
		set: func(p *Policy, text string) bool {
			c, ok := ParseCircle(text)
			*at(p) = c
			return ok && slices.Contains(allowed, text)
		},
	}
}

func boolRow(n int, key string, at func(*Policy) *bool, settled func(Kind) string) policyRow {
	return policyRow{
		number: n, key: key, values: "yes, no", settled: settled,
		show: func(p *Policy) string { return pick(*at(p), "yes", "no") },
		set: func(p *Policy, text string) bool {
			*at(p) = text == "yes"
			return text == "yes" || text == "no"
		},
	}
}

func numberRow(n int, key string, least int, at func(*Policy) *int, settled func(Kind) string) policyRow {
	return policyRow{
		number: n, key: key, values: "number", settled: settled,
		show: func(p *Policy) string { return strconv.Itoa(*at(p)) },
		set: func(p *Policy, text string) bool {
			v, err := strconv.ParseUint(text, 10, 31)
			*at(p) = int(v)
			return err == nil && int(v) >= least
		},
	}
}

// offRow is a number, 0 being shown as off.
func offRow(n int, key, unit string, at func(*Policy) *int, settled func(Kind) string) policyRow {
	row := numberRow(n, key, 0, at, settled)
	row.values = "off, number of " + unit
	number := row.set
	row.show = func(p *Policy) string {
		if *at(p) == 0 {
			return "off"
		}
		return strconv.Itoa(*at(p))
	}
	row.set = func(p *Policy, text string) bool {
		if text == "off" {
			text = "0"
		}
		return number(p, text)
	}
	return row
}

// capacityRow is default and ceiling: "6000 / 6000", or one number for both.
func capacityRow() policyRow {
	return policyRow{
		number: 15, key: "max_members", values: "default / ceiling, or unlimited",
		show: func(p *Policy) string {
			if p.MaxMembersCeiling == 0 {
				return "unlimited"
			}
			return strconv.FormatUint(uint64(p.MaxMembersDefault), 10) + " / " + strconv.FormatUint(uint64(p.MaxMembersCeiling), 10)
		},
		set: func(p *Policy, text string) bool {
			if text == "unlimited" {
				p.MaxMembersDefault, p.MaxMembersCeiling = 0, 0
				return true
			}
			first, second, two := strings.Cut(text, "/")
			if !two {
				second = first
			}
			def, err1 := strconv.ParseUint(strings.TrimSpace(first), 10, 32)
			ceiling, err2 := strconv.ParseUint(strings.TrimSpace(second), 10, 32)
			p.MaxMembersDefault, p.MaxMembersCeiling = uint32(def), uint32(ceiling)
			return err1 == nil && err2 == nil && 0 < def && def <= ceiling
		},
	}
}

// Reasons why a cell is settled.

// ofTheKind: what was stored rests on it.
func ofTheKind(Kind) string { return "belongs to the kind itself: stored groups rest on it" }

// presenceOnly: livestreams admit nothing else, because membership is presence.
func presenceOnly(k Kind) string {
	if k.IsConnected() {
		return "membership of a livestream is presence"
	}
	return ""
}

func noHistory(k Kind) string {
	if k.IsConnected() {
		return "a livestream keeps no history"
	}
	return ""
}

func notSwitchableLive(k Kind) string {
	if k.IsConnected() {
		return "not switchable for livestreams"
	}
	return ""
}

func absentLive(k Kind) string {
	if k.IsConnected() {
		return "livestreams do not have it"
	}
	return ""
}

func liveOnly(k Kind) string {
	if k.IsConnected() {
		return ""
	}
	return "only livestreams can have it"
}
