package actors

import "github.com/troupe-im/troupe/group"

// groupTime is a group's time (spec 18.8): the server's clock, but it never goes
// back. If the clock does, the group's time goes on from where it was at half
// the clock's pace until the clock has caught up. It does not stand still,
// because who waits for a budget waits for it. Owned by the group actor.
type groupTime struct {
	now  group.Millis
	wall group.Millis // the clock when it was last read
	// ahead is by how much now is before the clock.
	ahead group.Millis
}

// advance takes the time on to what the clock says.
func (t *groupTime) advance(wall group.Millis) {
	switch passed := wall - t.wall; {
	case t.wall == 0:
		t.ahead = max(t.now-wall, 0)
	case passed < 0:
		t.ahead -= passed
	default:
		t.ahead -= min(t.ahead, (passed+1)/2)
	}
	t.wall = wall
	t.now = max(t.now, wall+t.ahead)
}

// follow begins anew with the newest moment that is stored.
func (t *groupTime) follow(stored group.Millis) { t.now, t.wall = max(t.now, stored), 0 }

// readClock takes the group's time on.
func (g *groupActor) readClock() { g.advance(group.Millis(g.sys.now())) }
