package group

import "fmt"

// OverrideError says why a deployment's value was not taken.
type OverrideError struct {
	Kind       Kind
	Key, Value string
	// Reason is English text.
	Reason string
}

// Error implements error.
func (e *OverrideError) Error() string {
	return fmt.Sprintf("policy %s of kind %s: %q: %s", e.Key, e.Kind, e.Value, e.Reason)
}

// Override sets one cell at start-up, from text as Rows shows it: "free",
// "closed, fixed", "any_member, group", "yes", "500 / 6000", "off". The error
// is an *OverrideError.
func (t *Table) Override(kind Kind, key, value string) error {
	fail := func(reason string) error { return &OverrideError{kind, key, value, reason} }
	p := t.Of(kind)
	if p == nil {
		return fail("there is no such kind")
	}
	for _, row := range policyRows() {
		if row.key != key {
			continue
		}
		if row.settled != nil {
			if why := row.settled(kind); why != "" {
				return fail(why)
			}
		}
		changed := *p
		if !row.set(&changed, value) {
			return fail("the values are: " + row.values)
		}
		*p = changed
		return nil
	}
	return fail("there is no such row")
}

// Rows gives the whole table as text, in the order of spec 4.
func (t *Table) Rows() []Row {
	rows := policyRows()
	out := make([]Row, len(rows))
	for i, row := range rows {
		out[i] = Row{Number: row.number, Key: row.key, Values: row.values}
		for j, k := range Kinds {
			out[i].Cells[j] = t.cell(&row, k)
		}
	}
	return out
}

// cell shows n/a where the kind has no such thing at all.
func (t *Table) cell(row *policyRow, k Kind) string {
	switch {
	case row.number == 17 && !t.Of(k).History, row.number == 36 && k.IsConnected(), (row.number == 41 || row.number == 42) && !k.IsConnected():
		return notApplicable
	}
	return row.show(t.Of(k))
}
