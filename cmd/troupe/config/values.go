package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Size is a number of bytes: 262144, 256KiB or 1MiB.
type Size int64

var sizeUnits = []struct {
	suffix string
	bytes  int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Size) UnmarshalText(text []byte) error {
	number, unit := strings.TrimSpace(string(text)), int64(1)
	for _, u := range sizeUnits {
		if cut, ok := strings.CutSuffix(number, u.suffix); ok {
			number, unit = strings.TrimSpace(cut), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/unit {
		return fmt.Errorf("%q is no size: want a number of bytes, KiB, MiB or GiB", text)
	}
	*s = Size(n * unit)
	return nil
}

// String gives the shortest exact form.
func (s Size) String() string {
	for _, u := range sizeUnits[:3] {
		if s != 0 && int64(s)%u.bytes == 0 {
			return strconv.FormatInt(int64(s)/u.bytes, 10) + u.suffix
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// Duration is a period: 500ms, 10s, 2m30s, 168h.
type Duration time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(strings.TrimSpace(string(text)))
	if err != nil || v < 0 {
		return fmt.Errorf("%q is no period: want 500ms, 10s, 5m or 24h", text)
	}
	*d = Duration(v)
	return nil
}

// Std is the period as the standard library has it.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// Millis is the period in whole milliseconds.
func (d Duration) Millis() int64 { return time.Duration(d).Milliseconds() }

// String gives the period without trailing zero parts.
func (d Duration) String() string {
	s := time.Duration(d).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// Policy holds changed cells of the policy table: kind, key, value as
// "troupe policy" writes it.
type Policy map[string]map[string]Cell

// Cell is the text of one value; numbers and truth values are taken as they
// are written.
type Cell string

// UnmarshalYAML takes any scalar.
func (c *Cell) UnmarshalYAML(decode func(any) error) error {
	var v any
	if err := decode(&v); err != nil {
		return err
	}
	switch v.(type) {
	case string, bool, int, int64, uint64, float64:
		*c = Cell(fmt.Sprint(v))
		return nil
	}
	return fmt.Errorf("a policy value must be one word or number")
}

// Text is the value as the policy table reads it: truth values as yes and no.
func (c Cell) Text() string {
	switch c {
	case "true":
		return "yes"
	case "false":
		return "no"
	}
	return string(c)
}
