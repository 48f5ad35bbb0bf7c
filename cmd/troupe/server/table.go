package server

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/group"
)

// Table is the policy table of a configuration. The error names every cell
// that was not taken.
func Table(c *config.Config) (*group.Table, error) {
	t := group.DefaultTable()
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(c.Policy)) {
		kind, ok := group.ParseKind(name)
		if !ok {
			errs = append(errs, fmt.Errorf("policy.%s: there is no such kind", name))
			continue
		}
		cells := c.Policy[name]
		for _, key := range slices.Sorted(maps.Keys(cells)) {
			if err := t.Override(kind, key, cells[key].Text()); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return t, errors.Join(errs...)
}

// Check judges a configuration as Start does before it opens anything.
func Check(c *config.Config) error {
	errs := []error{c.Validate()}
	if errs[0] == nil {
		_, err := Auth(c)
		errs = append(errs, err)
		gc, err := gatewayConfig(c)
		if err == nil {
			err = gc.Validate()
		}
		ac := actorsConfig(c)
		errs = append(errs, err, ac.Validate())
	}
	_, err := Table(c)
	return errors.Join(append(errs, err)...)
}
