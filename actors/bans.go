package actors

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// ban is a ban with its subject ready to be compared.
type ban struct {
	persistence.Ban
	network netip.Prefix // of a user's ban: invalid
}

// over: it ends at the very millisecond, whether or not it was removed (spec 19.13).
func (b *ban) over(now group.Millis) bool { return b.Until != group.NoEnd && now >= b.Until }

// bans are all bans that are stored, by subject and in the order of their ids.
// It has no lock; its owner does.
type bans struct {
	users    map[group.UserID]*ban
	networks map[netip.Prefix]*ban
	// bits counts the networks of each length, IPv4 and IPv6 apart: a look-up
	// tries only those lengths.
	bits  [2][129]int
	order []*ban
}

func family(p netip.Addr) int {
	if p.Is4() {
		return 0
	}
	return 1
}

// of finds the ban of b's subject.
func (l *bans) of(b *ban) *ban {
	if b.User != "" {
		return l.users[b.User]
	}
	return l.networks[b.network]
}

// put adds a ban in place of an older one of its subject. Ids rise.
func (l *bans) put(b *ban) {
	l.remove(b)
	if l.users == nil {
		l.users, l.networks = map[group.UserID]*ban{}, map[netip.Prefix]*ban{}
	}
	if b.User != "" {
		l.users[b.User] = b
	} else {
		l.networks[b.network] = b
		l.bits[family(b.network.Addr())][b.network.Bits()]++
	}
	l.order = append(l.order, b)
}

// remove drops the ban of b's subject, if there is one.
func (l *bans) remove(b *ban) {
	old := l.of(b)
	if old == nil {
		return
	}
	if old.User != "" {
		delete(l.users, old.User)
	} else {
		delete(l.networks, old.network)
		l.bits[family(old.network.Addr())][old.network.Bits()]--
	}
	if i, ok := l.find(old.ID); ok {
		l.order = slices.Delete(l.order, i, i+1)
	}
}

func (l *bans) find(id uint64) (int, bool) {
	return slices.BinarySearchFunc(l.order, id, func(b *ban, id uint64) int { return cmp.Compare(b.ID, id) })
}

// load takes over what is stored, in any order.
func (l *bans) load(list []*ban) {
	slices.SortFunc(list, func(a, b *ban) int { return cmp.Compare(a.ID, b.ID) })
	for _, b := range list {
		l.put(b)
	}
}

// ofUser is the ban in force of a user; nil = none.
func (l *bans) ofUser(u group.UserID, now group.Millis) *ban {
	if b := l.users[u]; b != nil && !b.over(now) {
		return b
	}
	return nil
}

// ofAddress is a ban in force of an address, of several the one that ends last;
// nil = none.
func (l *bans) ofAddress(a netip.Addr, now group.Millis) *ban {
	if len(l.networks) == 0 || !a.IsValid() {
		return nil
	}
	a = a.Unmap().WithZone("")
	var found *ban
	for bits := range a.BitLen() + 1 {
		if l.bits[family(a)][bits] == 0 {
			continue
		}
		p, err := a.Prefix(bits)
		if err != nil {
			continue
		}
		b := l.networks[p]
		if b == nil || b.over(now) {
			continue
		}
		if found == nil || b.Until == group.NoEnd || found.Until != group.NoEnd && b.Until > found.Until {
			found = b
		}
	}
	return found
}

// page lists at most count bans in force with ids above after; next is where
// the next page goes on, 0 = nowhere.
func (l *bans) page(after uint64, count int, now group.Millis) (list []*ban, next uint64) {
	i, found := l.find(after)
	if found {
		i++
	}
	for ; i < len(l.order); i++ {
		if l.order[i].over(now) {
			continue
		}
		if len(list) == count {
			return list, list[count-1].ID
		}
		list = append(list, l.order[i])
	}
	return list, 0
}

// ended lists the bans that are over.
func (l *bans) ended(now group.Millis) (list []*ban) {
	for _, b := range l.order {
		if b.over(now) {
			list = append(list, b)
		}
	}
	return list
}
