package client

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"

	"github.com/troupe-im/troupe/protocol"
)

// AttachMode says what a client listens to without being asked (spec 18.3).
type AttachMode uint8

const (
	// AttachLive: the inbox, all joined groups, and groups joined later.
	AttachLive AttachMode = 0
	// AttachNone: the inbox only; groups by [Client.Attach], and those that this
	// client joins itself.
	AttachNone AttachMode = 1
	// AttachManual: nothing but what [Client.Attach] names.
	AttachManual AttachMode = 2
)

// Options describe a client. User and one of Token and TokenSource are
// required, everything else may stay zero.
type Options struct {
	// User logs in.
	User string
	// Token is used for every login but those with a resume ticket, by which the
	// client comes back while it has one. TokenSource, if set, is asked for a new
	// token instead; its error ends the attempt like a network error.
	Token       string
	TokenSource func(context.Context) (string, error)
	// AppID is checked by servers that have one.
	AppID string
	// DeviceID is kept per installation, 1 to 64 bytes; empty = the server makes
	// one, which the client keeps until it is closed.
	DeviceID string
	// Attach says what to listen to.
	Attach AttachMode

	// Codec chooses the sub-protocol; zero = protocol.Binary.
	Codec protocol.Codec
	// TLSConfig is for wss; nil = the default.
	TLSConfig *tls.Config
	// Header is added to the upgrade.
	Header http.Header
	// Dialer opens network connections; nil = net.Dialer.
	Dialer DialFunc

	// QueueSize is the number of events that wait for a slow consumer before the
	// client stops reading its connection; zero = 256.
	QueueSize int
	// OnEvent takes the events instead of the channel, one at a time, on a
	// goroutine of its own. It may call the client's methods except Close.
	OnEvent func(Event)
	// OnState is told of each change of the connection's state and of what caused
	// it, in order. It must not block and must not call the client.
	OnState func(State, error)
	// Logger is silent if nil.
	Logger *slog.Logger

	// guest is the livestream that a guest watches; empty = a user.
	guest string
	// timing is for tests.
	timing timing
	clock  clock
}

func (o Options) withDefaults() Options {
	if o.QueueSize <= 0 {
		o.QueueSize = 256
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Codec == 0 {
		o.Codec = protocol.Binary
	}
	if o.OnState == nil {
		o.OnState = func(State, error) {}
	}
	if o.clock == nil {
		o.clock = systemClock{}
	}
	if o.timing == (timing{}) {
		o.timing = defaultTiming
	}
	return o
}

func (o *Options) conn() ConnOptions {
	return ConnOptions{Codec: o.Codec, TLSConfig: o.TLSConfig, Header: o.Header, Dial: o.Dialer}
}

// State is the state of a client's connection (spec 12.1).
type State uint8

const (
	// Connected: logged in and attached.
	Connected State = 1
	// Reconnecting: the connection is gone; the client is coming back.
	Reconnecting State = 2
	// Disconnected: for good; by Close, Logout, or a refusal.
	Disconnected State = 3
)

// String returns the state's name.
func (s State) String() string {
	switch s {
	case Connected:
		return "connected"
	case Reconnecting:
		return "reconnecting"
	case Disconnected:
		return "disconnected"
	}
	return "new"
}
