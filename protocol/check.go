package protocol

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Limits of form, which no deployment changes (spec 2.1, 16). Lengths in bytes
// unless the name says characters.
const (
	MaxRequestID        = 36
	MaxUserID           = 64
	MaxGroupID          = 64
	MaxDeviceID         = 64
	MaxIntroduction     = 240
	MaxAnnouncement     = 300
	MaxApplyMessage     = 300
	MaxReasonCharacters = 128
	MaxUserDefinedField = 1000
	MaxNameCard         = 50
	MaxCustomFields     = 20
	MaxCustomKey        = 32
	MaxCustomValue      = 512
	MaxUsersPerCall     = 300
	MaxProfilesPerCall  = 50
	MaxMuteSeconds      = 31_536_000
	MaxMuteRoles        = 10
	MaxElements         = 50
	MaxFaceData         = 1000
	MaxMessageBytes     = 8898
	MaxPage             = 100
	MaxLikes            = 100
	MaxApplicationPage  = 200
	MaxGroupPage        = 200
	MaxKeywords         = 5
	MaxDeletions        = 100
	MaxBanSeconds       = 31_536_000
)

// SystemID is the sender of system notices and the id of their conversation.
const SystemID = "@TIM#SYSTEM"

// reservedUserPrefixes start no user id (spec 2.1).
var reservedUserPrefixes = [...]string{"@TIM#", "@TGS#", "@GUEST#", "@DELETED#"}

// CheckUserID checks the form of a user id: 1 to 64 bytes of printable ASCII
// without space, no reserved prefix; else invalid_account (spec 2.1). One that
// is missing is invalid_parameter.
func CheckUserID(field string, id string) *Error {
	if id == "" {
		return InvalidParameter(field, "the user id is missing")
	}
	ok := len(id) >= 1 && len(id) <= MaxUserID
	for i := 0; ok && i < len(id); i++ {
		ok = id[i] > ' ' && id[i] < 0x7f
	}
	for _, prefix := range reservedUserPrefixes {
		ok = ok && !strings.HasPrefix(id, prefix)
	}
	if !ok {
		return fieldError(CodeInvalidAccount, field, "the user id is malformed")
	}
	return nil
}

// CheckGroupID checks the form of the id of a group that exists, or might:
// made by a caller or by the server; else invalid_group_id (spec 2.1).
func CheckGroupID(id string) *Error {
	ok := len(id) >= 1 && len(id) <= MaxGroupID && id[0] != '#' && !strings.HasPrefix(id, "@TIM#")
	for i := 0; ok && i < len(id); i++ {
		ok = groupIDByte(id[i])
	}
	if !ok {
		return fieldError(group.CodeInvalidGroupID, "group_id", "")
	}
	return nil
}

// CheckNewGroupID checks the id that a caller gives to a new group: the ids
// that the server makes are kept for it.
func CheckNewGroupID(id string) *Error {
	if strings.HasPrefix(id, "@TGS#") {
		return fieldError(group.CodeInvalidGroupID, "group_id", "")
	}
	return CheckGroupID(id)
}

func groupIDByte(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return true
	}
	return strings.IndexByte("!#$%&()+-:;<=.>?@[]^_{}|~", c) >= 0
}

// checkText checks UTF-8 and a length in bytes.
func checkText(field, s string, most int) *Error {
	if len(s) > most {
		return InvalidParameter(field, "longer than "+strconv.Itoa(most)+" bytes")
	}
	return checkUTF8(field, s)
}

// checkChars checks UTF-8 and a length in characters.
func checkChars(field, s string, most int) *Error {
	if utf8.RuneCountInString(s) > most {
		return InvalidParameter(field, "longer than "+strconv.Itoa(most)+" characters")
	}
	return checkUTF8(field, s)
}

func checkUTF8(field, s string) *Error {
	if !utf8.ValidString(s) {
		return InvalidParameter(field, "not UTF-8")
	}
	return nil
}

// checkName refuses a name of only blanks; its length is the kind's (row 26)
// and whether it may be empty too.
func checkName(field, s string) *Error {
	if s != "" && strings.TrimSpace(s) == "" {
		return InvalidParameter(field, "only blanks")
	}
	return checkUTF8(field, s)
}

// number is any of the schema's enums and integers.
type number interface{ ~int32 | ~uint32 | ~int64 }

// checkRange checks that n is 0 (not given) or from least to most.
func checkRange[N number](field string, n, least, most N) *Error {
	if n != 0 && (n < least || n > most) {
		return InvalidParameter(field, "out of range")
	}
	return nil
}

// checkCount checks an optional count; nil stands for its default.
func checkCount(field string, n *uint32, most uint32) *Error {
	if n != nil && (*n < 1 || *n > most) {
		return InvalidParameter(field, "must be from 1 to "+strconv.FormatUint(uint64(most), 10))
	}
	return nil
}

// userList drops duplicates, checks each id and the length.
func userList(field string, ids []string, most int) ([]group.UserID, *Error) {
	users := make([]group.UserID, 0, len(ids))
	seen := make(map[string]struct{}, len(ids))
	for _, id := range ids {
		if _, twice := seen[id]; twice {
			continue
		}
		if err := CheckUserID(field, id); err != nil {
			return nil, err
		}
		seen[id] = struct{}{}
		users = append(users, group.UserID(id))
	}
	switch {
	case len(users) == 0:
		return nil, InvalidParameter(field, "empty")
	case len(users) > most:
		return nil, fieldError(group.CodeTooManyUsers, field, "")
	}
	return users, nil
}

// Distinct returns the ids without duplicates, in the order given (spec 2.1).
func Distinct(ids []string) []string {
	seen := make(map[string]struct{}, len(ids))
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		if _, twice := seen[id]; !twice {
			seen[id] = struct{}{}
			out = append(out, id)
		}
	}
	return out
}

// customFields checks form and number of custom fields. keepUnset keeps keys
// without value, which delete.
func customFields(field string, in []*troupev1.CustomField, keepUnset bool) ([]group.CustomField, *Error) {
	if len(in) > MaxCustomFields {
		return nil, InvalidParameter(field, "more than "+strconv.Itoa(MaxCustomFields)+" keys")
	}
	var out []group.CustomField
	for i, f := range in {
		if !customKey(f.GetKey()) {
			return nil, InvalidParameter(field, "a key must be 1 to 32 letters, digits or _")
		}
		if err := checkText(field, f.GetValue(), MaxCustomValue); err != nil {
			return nil, err
		}
		for _, earlier := range in[:i] {
			if earlier.GetKey() == f.GetKey() {
				return nil, InvalidParameter(field, "a key is given twice")
			}
		}
		if f.Value == nil && !keepUnset {
			continue
		}
		out = append(out, group.CustomField{Key: f.GetKey(), Value: f.Value})
	}
	return out, nil
}

func customKey(key string) bool {
	if len(key) < 1 || len(key) > MaxCustomKey {
		return false
	}
	for i := range len(key) {
		c := key[i]
		if c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// firstError returns the first error that is not nil.
func firstError(errs ...*Error) *Error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
