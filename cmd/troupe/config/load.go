package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
)

// EnvPrefix begins the names of environment variables.
const EnvPrefix = "TROUPE_"

// Load reads the file at path, empty = none, over the defaults, and the
// environment (as os.Environ gives it) over both. unknown lists variables with
// the prefix that name no field.
func Load(path string, environ []string) (c Config, unknown []string, err error) {
	c = Default()
	if path != "" {
		f, err := os.Open(path)
		if err != nil {
			return c, nil, err
		}
		defer func() { _ = f.Close() }()
		if err = c.Read(path, f); err != nil {
			return c, nil, err
		}
	}
	unknown, err = c.ReadEnv(environ)
	return c, unknown, err
}

// Read decodes a YAML document over what c holds. name is for errors, which
// say name:line:column and never quote the document, which may hold secrets.
func (c *Config) Read(name string, r io.Reader) error {
	before := *c
	err := yaml.NewDecoder(r, yaml.Strict()).Decode(c)
	if err == nil || errors.Is(err, io.EOF) {
		c.refill(&before)
		return nil
	}
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		p := at.GetToken().Position
		return fmt.Errorf("%s:%d:%d: %s", name, p.Line, p.Column, at.GetMessage())
	}
	return fmt.Errorf("%s: %w", name, err)
}

// refill gives sections back that the file only names ("limits:" with nothing
// but comments below): to the decoder that means all zero.
func (c *Config) refill(before *Config) {
	if reflect.ValueOf(c).Elem().IsZero() {
		*c = *before
	}
	had := before.fields()
	for i, f := range c.fields() {
		if f.section && f.value.IsZero() {
			f.value.Set(had[i].value)
		}
	}
}

// ReadEnv takes the environment over what c holds. Lists of texts are separated
// by commas; lists and tables of other things are written as YAML.
func (c *Config) ReadEnv(environ []string) (unknown []string, err error) {
	fields := map[string]field{}
	for _, f := range c.fields() {
		if !f.section {
			fields[f.env()] = f
		}
	}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, EnvPrefix) || slices.Contains(otherVariables, name) {
			continue
		}
		f, ok := fields[name]
		if !ok {
			unknown = append(unknown, name)
			continue
		}
		if err := f.set(value); err != nil {
			return nil, fmt.Errorf("environment: %s: %w", name, err)
		}
	}
	slices.Sort(unknown)
	return unknown, nil
}

// otherVariables begin with the prefix and are read by commands.
var otherVariables = []string{"TROUPE_CONFIG", "TROUPE_URL", "TROUPE_TOKEN", "TROUPE_ADMIN_URL"}

// field is one value of a Config.
type field struct {
	path  string // server.addr
	doc   string
	value reflect.Value
	// section: a struct of further fields, which follow.
	section bool
}

func (f field) env() string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(f.path, ".", "_"))
}

// fields lists all fields in order, each section before its own.
func (c *Config) fields() []field { return walk(reflect.ValueOf(c).Elem(), "") }

func walk(v reflect.Value, prefix string) []field {
	var out []field
	for i := range v.NumField() {
		t := v.Type().Field(i)
		f := field{path: prefix + t.Tag.Get("yaml"), doc: t.Tag.Get("doc"), value: v.Field(i)}
		f.section = t.Type.Kind() == reflect.Struct
		out = append(out, f)
		if f.section {
			out = append(out, walk(f.value, f.path+".")...)
		}
	}
	return out
}

func (f field) set(text string) error {
	switch p := f.value.Addr().Interface().(type) {
	case *Size:
		return p.UnmarshalText([]byte(text))
	case *Duration:
		return p.UnmarshalText([]byte(text))
	case *string:
		*p = text
	case *[]string:
		*p = nil
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				*p = append(*p, part)
			}
		}
	case *bool:
		v, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		*p = v
	case *int:
		v, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is no whole number", text)
		}
		*p = v
	default:
		return f.setYAML(text)
	}
	return nil
}

func (f field) setYAML(text string) error {
	fresh := reflect.New(f.value.Type())
	err := yaml.NewDecoder(strings.NewReader(text), yaml.Strict()).Decode(fresh.Interface())
	if err != nil {
		var at yaml.Error
		if errors.As(err, &at) {
			return errors.New(at.GetMessage())
		}
		return err
	}
	f.value.Set(fresh.Elem())
	return nil
}
