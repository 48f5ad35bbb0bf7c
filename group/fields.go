package group

import (
	"cmp"
	"slices"
	"unicode"
	"unicode/utf8"
)

// mergeFields gives the custom fields after a change, sorted by key. Neither
// argument is changed.
func mergeFields(have []Pair, change []CustomField) []Pair {
	out := slices.Clone(have)
	for _, f := range change {
		i, found := slices.BinarySearchFunc(out, f.Key, func(p Pair, key string) int { return cmp.Compare(p.Key, key) })
		switch {
		case f.Value == nil && found:
			out = slices.Delete(out, i, i+1)
		case f.Value == nil:
		case found:
			out[i].Value = *f.Value
		default:
			out = slices.Insert(out, i, Pair{f.Key, *f.Value})
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// changedFields leaves of a change what differs from what is there; of a key
// given twice the last counts.
func changedFields(have []Pair, change []CustomField) []CustomField {
	var out []CustomField
	for i, f := range change {
		if slices.ContainsFunc(change[i+1:], func(later CustomField) bool { return later.Key == f.Key }) {
			continue
		}
		j, found := slices.BinarySearchFunc(have, f.Key, func(p Pair, key string) int { return cmp.Compare(p.Key, key) })
		if (f.Value == nil && found) || (f.Value != nil && (!found || have[j].Value != *f.Value)) {
			out = append(out, f)
		}
	}
	return out
}

// checkFields checks keys and values (spec 6.1); how many there are then
// depends on those that are there already.
func checkFields(fields []CustomField, name string) *Rejection {
	for _, f := range fields {
		if f.Key == "" || len(f.Key) > fieldKeyBytes || (f.Value != nil && len(*f.Value) > fieldValueBytes) {
			return invalid(name)
		}
		for _, c := range []byte(f.Key) {
			if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_') {
				return invalid(name)
			}
		}
	}
	return nil
}

// isBlank reports whether a text has nothing but white space, and something.
func isBlank(s string) bool {
	for _, r := range s {
		if !unicode.IsSpace(r) {
			return false
		}
	}
	return s != ""
}

func runes(s string) int { return utf8.RuneCountInString(s) }

// unique drops duplicates and keeps the order (spec 2.1).
func unique(users []UserID) []UserID {
	if len(users) < 2 {
		return users
	}
	seen := make(map[UserID]struct{}, len(users))
	out := make([]UserID, 0, len(users))
	for _, u := range users {
		if _, ok := seen[u]; !ok {
			seen[u] = struct{}{}
			out = append(out, u)
		}
	}
	return out
}

// checkUsers checks a list of 1 to max users.
func checkUsers(users []UserID, max int) *Rejection {
	if len(users) == 0 {
		return invalid("user_ids")
	}
	if len(users) > max && len(unique(users)) > max {
		return reject(CodeTooManyUsers)
	}
	return nil
}

func reject(c Code) *Rejection { return &Rejection{Code: c} }

func invalid(field string) *Rejection {
	return &Rejection{Code: CodeInvalidParameter, Field: field}
}
