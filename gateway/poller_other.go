//go:build !linux

package gateway

import "errors"

// poller: every connection waits in a goroutine of its own here.
type poller struct{}

func newPoller(func(func())) (*poller, error) { return nil, errors.ErrUnsupported }

func (*poller) close() {}

func (*poller) add(*conn) bool { return false }

func (*poller) again(*conn) bool { return false }

func (*poller) remove(*conn) {}
