// Package protocol is the wire: bytes to typed requests and back, requests to
// group commands, results and frames of the core to what clients are sent.
//
// It owns the two codecs (troupe.v1, binary protobuf, and troupe.v1.json), the
// table of codes (spec 15, 18.7), the checks of form at the door (spec 2.1) and
// the only translation between the wire's messages and package group. It has no
// sockets, no state and no policy: whether something is allowed is not its
// business, only whether it can be said. Packages actors, gateway and client
// call it; docs/protocol.md is its prose.
//
// # Messages on the socket
//
// A WebSocket message of troupe.v1 is one or more frames, each preceded by its
// length as uvarint. A message of troupe.v1.json is one or more JSON objects
// separated by newlines. Clients send [troupev1.Request], servers
// [troupev1.Frame].
//
// # The road of a request
//
// [DecodeRequests] turns a message into requests, [ToCommand] checks one and
// makes the command of it, [AnswerFor] or [ErrorAnswer] makes the answer.
// [FrameOf] makes the frame of what others are told; [Frame.Bytes] encodes it
// once for all its receivers.
package protocol

//go:generate go run ./internal/generate . troupe/v1/troupe.proto
