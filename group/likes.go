package group

import "maps"

// likes counts the likes of a livestream (spec 19.10). It is not part of the
// state: the shell stores the sum now and then and gives it back.
type likes struct {
	total uint64
	// lately holds what each user gave within the last likeMillis.
	lately map[UserID][]liked
	swept  Millis
}

type liked struct {
	at    Millis
	count int
}

const (
	likeMillis = 1000
	// likesMost bounds one call, and what counts of a user within likeMillis.
	likesMost = 100
)

// Likes is how many likes the group has.
func (m *Machine) Likes() uint64 { return m.likes.total }

// RestoreLikes sets the likes to what the shell has stored.
func (m *Machine) RestoreLikes(n uint64) { m.likes.total = n }

// Audience is the number of members present and guests of a livestream.
func (m *Machine) Audience() uint32 { return uint32(m.members.len() + m.guests) }

func (c SendLike) check(*Limits) *Rejection {
	if c.Count < 1 || c.Count > likesMost {
		return invalid("count")
	}
	return nil
}

func (s *step) sendLike(c SendLike) *Rejection {
	switch {
	case !s.policy.Counters:
		return reject(CodeNotSupported)
	case s.callerRole() == NoRole || s.m.members.get(s.caller()) == nil:
		return reject(CodeNotMember)
	}
	n := s.m.likes.may(s.caller(), int(c.Count), s.in.Now)
	if n > 0 {
		s.emit(&Liked{User: s.caller(), Count: uint32(n)}, false)
	}
	s.d.Result.Counted, s.d.Result.Likes = uint32(n), s.m.likes.total
	return nil
}

// may is how many of a user's likes count now.
func (l *likes) may(u UserID, count int, now Millis) int {
	left := likesMost
	for _, g := range l.lately[u] {
		if now-g.at < likeMillis {
			left -= g.count
		}
	}
	return min(count, left)
}

// add counts likes, and forgets those who gave none lately.
func (l *likes) add(u UserID, count int, now Millis) {
	l.total += uint64(count)
	if l.lately == nil {
		l.lately = map[UserID][]liked{}
	}
	recent := l.lately[u]
	for len(recent) > 0 && now-recent[0].at >= likeMillis {
		recent = recent[1:]
	}
	l.lately[u] = append(recent, liked{now, count})
	if now-l.swept >= likeMillis {
		l.swept = now
		maps.DeleteFunc(l.lately, func(_ UserID, g []liked) bool { return now-g[len(g)-1].at >= likeMillis })
	}
}
