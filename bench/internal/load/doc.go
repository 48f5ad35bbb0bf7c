// Package load holds what every load scenario needs: a server as a process of
// its own, connections from several local addresses, sessions that ask and
// listen, tokens, limits of the system, and the facts of the machine that go
// with every figure. It knows the server by its protocol and its process only.
package load
