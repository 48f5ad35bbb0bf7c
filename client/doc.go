// Package client is the Go client of a Troupe server. It owns the client's half
// of the promises of spec 18: logging in, attaching, the gap rule, repeating
// unanswered requests, and coming back after a broken connection: with a resume
// ticket if it has one, and when a server that stops says.
//
// [Dial] gives a [Client] that does all of that by itself. Its methods are the
// operations of the protocol; what the server tells arrives in order and once
// on [Client.Events], or at [Options.OnEvent]:
//
//	c, err := client.Dial(ctx, "ws://127.0.0.1:8080/ws", client.Options{User: "ann", Token: token})
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	_, err = c.JoinGroup(ctx, &troupev1.JoinGroup{GroupId: "hall"})
//
// [DialConn] gives a [Conn]: one connection, requests out and frames in, and
// nothing automatic. Load generators and tests use it.
//
// Errors are of two sorts. A refusal by the server is a [*protocol.Error] with
// its code, name and details. Everything else is a fault of the road to it:
// [ErrClosed], [ErrUnknownOutcome], [ErrTooLarge], a [*CloseError], a
// [*HandshakeError] or an error of the network. Process codes (25424, 25427)
// are not errors; results show them as outcomes, [Client.Do] as codes.
//
// The package imports protocol and no other package of this module.
package client
