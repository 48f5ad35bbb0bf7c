// Package swarm opens tens of thousands of WebSocket connections from one
// process, reads them all on a few threads and judges every frame that comes.
//
// A generator that shares the cores with the server must cost next to nothing:
// one epoll loop per thread reads into one buffer, and a frame that is byte for
// byte what another receiver on the same thread was already given, and was
// judged for, is accepted by one comparison. Only the first copy, and whatever
// differs, is parsed.
//
// It speaks the wire by itself and asks the protocol package only to encode
// requests and to decode what is rare. Linux only.
package swarm
