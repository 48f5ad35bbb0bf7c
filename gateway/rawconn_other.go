//go:build !unix

package gateway

import (
	"net"
	"syscall"
)

// rawConn: no connection can be written without waiting here.
func rawConn(net.Conn) syscall.RawConn { return nil }

type attempt struct{}

func newAttempt() *attempt { return nil }

func (*attempt) write(syscall.RawConn, []byte) (int, error) { return 0, nil }

func (*conn) tryRead(uintptr) bool { return true }

func shutdownSocket(syscall.RawConn) bool { return false }

func readWaiting(c net.Conn, b []byte) (int, error) { return c.Read(b) }
