package client

import (
	"errors"
	"fmt"
	"time"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Faults of the road to the server.
var (
	// ErrClosed: the client or connection was closed by its user.
	ErrClosed = errors.New("client is closed")
	// ErrUnknownOutcome: the request was sent and never answered, and is too old
	// to be repeated safely (spec 18.5). It may have been carried out: read first.
	ErrUnknownOutcome = errors.New("request was not answered; its outcome is unknown")
	// ErrTooLarge: the request is larger than the server takes; it was not
	// carried out and is not repeated.
	ErrTooLarge = errors.New("request is larger than the server takes")
)

// CloseError says that the server closed the connection, or that it broke
// (Code 1006).
type CloseError struct {
	// Code is the WebSocket close code (spec 18.7).
	Code   int
	Reason string
}

// Error implements error.
func (e *CloseError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("connection closed with code %d", e.Code)
	}
	return fmt.Sprintf("connection closed with code %d: %s", e.Code, e.Reason)
}

// HandshakeError says that the server refused the WebSocket upgrade.
type HandshakeError struct {
	// Status is the HTTP status.
	Status int
	// RetryAfter is the server's wish; zero if it has none.
	RetryAfter time.Duration
}

// Error implements error.
func (e *HandshakeError) Error() string {
	return fmt.Sprintf("server refused the connection with HTTP status %d", e.Status)
}

// AnswerError returns the error of an answer, nil if it is done or a process
// code.
func AnswerError(a *troupev1.Answer) error {
	if a.GetError() == "" {
		return nil
	}
	return &protocol.Error{
		Code: group.Code(a.GetCode()), Name: a.GetError(), Message: a.GetMessage(),
		Details: a.GetDetails(), RequestID: a.GetRequestId(),
	}
}

// CodeOf returns the code of a refusal, 0 if err is none.
func CodeOf(err error) int32 {
	var refusal *protocol.Error
	if errors.As(err, &refusal) {
		return int32(refusal.Code)
	}
	return 0
}

func codeOf(a *troupev1.Answer) group.Code { return group.Code(a.GetCode()) }
