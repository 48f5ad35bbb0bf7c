package protocol

import (
	"strconv"

	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Error is a refusal as clients see it: a code of spec 15 with its name, an
// English text and details. It must not be changed once it was handed on.
type Error struct {
	Code    group.Code
	Name    string
	Message string
	// Details is nil if there is nothing more to say.
	Details *troupev1.Details
	// RequestID is that of the request that could not be decoded, if it could
	// be read; otherwise empty.
	RequestID string
}

// Error implements error.
func (e *Error) Error() string {
	s := e.Name + " (" + strconv.Itoa(int(e.Code)) + "): " + e.Message
	if f := e.Details.GetField(); f != "" {
		s += " [" + f + "]"
	}
	return s
}

// Field names the parameter that is wrong; "" if the error names none.
func (e *Error) Field() string { return e.Details.GetField() }

// NewError makes the error of a code with the table's name and text. A code
// that is not in the table becomes internal_error.
func NewError(code group.Code) *Error {
	row, ok := RowOf(code)
	if !ok {
		row, _ = RowOf(CodeInternalError)
	}
	return &Error{Code: row.Code, Name: row.Name, Message: row.Text}
}

// fieldError is an error that names a parameter.
func fieldError(code group.Code, field, text string) *Error {
	e := NewError(code)
	if text != "" {
		e.Message = text
	}
	if field != "" {
		e.Details = &troupev1.Details{Field: field}
	}
	return e
}

// InvalidParameter says that a parameter is missing, malformed, too long or
// out of range. text is English for people; "" = the table's.
func InvalidParameter(field, text string) *Error {
	return fieldError(group.CodeInvalidParameter, field, text)
}

// InvalidRequest says that a request cannot be understood or does not fit the
// phase of the connection.
func InvalidRequest(text string) *Error {
	return fieldError(CodeInvalidRequest, "", text)
}

// RetryLater makes busy or rate_limited (or another code) with the time after
// which to repeat, in milliseconds.
func RetryLater(code group.Code, retryAfterMS int64) *Error {
	e := NewError(code)
	e.Details = &troupev1.Details{RetryAfterMs: proto.Int64(retryAfterMS)}
	return e
}

// MessageShed is the error of a message that the room's budget did not cover
// (spec 19.9).
func MessageShed(res *group.Result) *Error {
	e := NewError(group.CodeMessageShed)
	e.Details = &troupev1.Details{
		Seq: uint64(res.Seq), Cause: res.Shed.String(), RetryAfterMs: proto.Int64(res.RetryAfter),
	}
	return e
}

// DiskFull is unavailable for want of space: nothing was done (spec 19.15).
func DiskFull(retryAfterMS int64) *Error {
	e := NewError(CodeUnavailable)
	e.Message = "the server's storage is full; nothing was done"
	e.Details = &troupev1.Details{Reason: "disk_full", RetryAfterMs: proto.Int64(retryAfterMS)}
	return e
}

// ResumeRefused says why a resume ticket is not accepted: expired, used,
// device, boot, revoked or malformed (spec 19.12).
func ResumeRefused(cause string) *Error {
	e := NewError(CodeResumeRefused)
	e.Details = &troupev1.Details{Cause: cause}
	return e
}

// Banned tells who is kept out until when, group.NoEnd = without end (spec 19.13).
func Banned(until group.Millis, reason string) *Error {
	e := NewError(CodeBanned)
	e.Details = &troupev1.Details{Until: proto.Int64(int64(until)), Reason: reason}
	return e
}

// ErrorFrom makes the error of a rejection by the core.
func ErrorFrom(r *group.Rejection) *Error {
	e := NewError(r.Code)
	switch {
	case r.Code == group.CodeMuted:
		e.Details = &troupev1.Details{Scope: r.MuteScope, Until: proto.Int64(int64(r.Until))}
	case r.Field != "":
		e.Details = &troupev1.Details{Field: r.Field}
	}
	return e
}
