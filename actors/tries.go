package actors

import (
	"sync"
	"time"

	"github.com/troupe-im/troupe/group"
)

// tries bounds how often users may ask for what only app_admins may: every
// refusal of that is stored for 180 days, and nobody is to fill the disk with
// them. Sessions of many users ask at once, hence the lock.
type tries struct {
	mu    sync.Mutex
	users map[group.UserID]tried
	swept int64
}

type tried struct {
	since int64 // ms
	count int
}

const (
	triesMost = 30
	// triesWindow is the time, in ms, in which a user has so many.
	triesWindow = int64(5 * 60_000)
)

// spend takes one; retry is how long to wait if there is none.
func (t *tries) spend(u group.UserID, now int64) (retry time.Duration, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.users == nil {
		t.users = map[group.UserID]tried{}
	}
	if now-t.swept >= triesWindow {
		t.swept = now
		for u, v := range t.users {
			if now-v.since >= triesWindow {
				delete(t.users, u)
			}
		}
	}
	v := t.users[u]
	if v.count == 0 || now-v.since >= triesWindow {
		v = tried{since: now}
	}
	if v.count == triesMost {
		return time.Duration(v.since+triesWindow-now) * time.Millisecond, false
	}
	v.count++
	t.users[u] = v
	return 0, true
}
