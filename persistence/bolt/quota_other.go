//go:build !unix

package bolt

import "syscall"

// errQuota has no counterpart here.
const errQuota = syscall.ENOSPC
