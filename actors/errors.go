package actors

import (
	"errors"
	"time"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
)

// errUnavailable: done or not is unknown; repeat with the same request id.
func errUnavailable() *protocol.Error { return protocol.NewError(protocol.CodeUnavailable) }

// unavailableOf says more where more is known: on a full disk nothing was done.
func unavailableOf(err error) *protocol.Error {
	if isFull(err) {
		return protocol.DiskFull(diskFullRetry.Milliseconds())
	}
	return errUnavailable()
}

func isFull(err error) bool { return errors.Is(err, persistence.ErrFull) }

// diskFullRetry is what a caller is told to wait while the disk is full.
const diskFullRetry = 5 * time.Second

func errBusy(retry time.Duration) *protocol.Error {
	return protocol.RetryLater(protocol.CodeBusy, retry.Milliseconds())
}

func errRateLimited(retry time.Duration) *protocol.Error {
	return protocol.RetryLater(group.CodeRateLimited, max(retry.Milliseconds(), 1))
}
