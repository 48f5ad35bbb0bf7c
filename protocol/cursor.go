package protocol

import (
	"strconv"

	"github.com/troupe-im/troupe/group"
)

// Cursors of list_applications, search_joined_groups, list_system_notices,
// list_audit and list_bans are decimal numbers (spec 2.5); empty and "0" are the first page.

// ParseCursor reads a decimal cursor; 0 = first page. What is not one is
// refused with invalid_cursor.
func ParseCursor(s string) (uint64, *Error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || strconv.FormatUint(n, 10) != s {
		return 0, NewError(group.CodeInvalidCursor)
	}
	return n, nil
}

// FormatCursor writes a decimal cursor; 0 (the end) is the empty one.
func FormatCursor(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n, 10)
}

func checkCursor(s string) *Error {
	_, err := ParseCursor(s)
	return err
}
