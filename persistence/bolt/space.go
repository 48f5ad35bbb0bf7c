package bolt

import (
	"fmt"
	"sync"
)

// space judges whether the journal is in disk-full mode (spec 19.15): from
// free space below the reserve, or a write that failed for want of it, until
// there is twice as much.
type space struct {
	// Fixed after construction.
	path    string
	reserve uint64
	free    func(path string) (uint64, error)

	// mu guards the rest: commits and Full are called from different goroutines.
	mu     sync.Mutex
	full   bool
	reason string
}

// check looks at the disk and reports the mode.
func (s *space) check() (full bool, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	free, err := s.free(s.path)
	if err != nil {
		return s.full, s.reason
	}
	switch {
	case s.full && free >= 2*s.reserve:
		s.full, s.reason = false, ""
	case !s.full && free < s.reserve:
		s.full, s.reason = true, fmt.Sprintf("%d bytes free, reserve is %d", free, s.reserve)
	}
	return s.full, s.reason
}

// failed enters the mode after a write that found no space.
func (s *space) failed(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full, s.reason = true, err.Error()
}
