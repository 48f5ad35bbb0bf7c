package group

import (
	"fmt"
	"slices"
)

// Check judges the invariants of the state; it is for tests and for
// verifying stored groups. It costs as much as the group is large.
func (m *Machine) Check() error {
	for _, check := range [...]func() error{m.checkRoles, m.members.check, m.records.check, m.checkRest} {
		if err := check(); err != nil {
			return fmt.Errorf("group %q at position %d: %w", m.group, m.position, err)
		}
	}
	return nil
}

func (m *Machine) checkRoles() error {
	admins := 0
	for member := range m.members.after(0) {
		switch {
		case member.Role == NoRole:
			return fmt.Errorf("member %q has no role", member.User)
		case (member.Role == Owner) != (member.User == m.owner):
			return fmt.Errorf("member %q has role %v, owner is %q", member.User, member.Role, m.owner)
		case (member.Role == Admin) != slices.Contains(m.admins, member.User):
			return fmt.Errorf("member %q has role %v, admins are %q", member.User, member.Role, m.admins)
		}
		if member.Role == Admin {
			admins++
		}
	}
	if !m.kind.IsConnected() {
		if len(m.standing) != 0 || admins != len(m.admins) {
			return fmt.Errorf("%d standing, %d admins of %q", len(m.standing), admins, m.admins)
		}
		if m.owner != "" && m.members.get(m.owner) == nil {
			return fmt.Errorf("owner %q is no member", m.owner)
		}
		return nil
	}
	for _, u := range m.admins {
		if kept := m.standing[u]; kept == nil || kept.Role != Admin {
			return fmt.Errorf("admin %q does not stand", u)
		}
	}
	standing := len(m.admins)
	if m.owner != "" {
		standing++
	}
	if len(m.standing) != standing || slices.Contains(m.admins, m.owner) {
		return fmt.Errorf("%d stand, owner %q, admins %q", len(m.standing), m.owner, m.admins)
	}
	return nil
}

func (m *Machine) checkRest() error {
	switch {
	case m.ordinal > uint64(m.seq):
		return fmt.Errorf("ordinal %d above seq %d", m.ordinal, m.seq)
	case m.exists != (m.position > 0):
		return fmt.Errorf("exists %v", m.exists)
	case m.mutes[m.owner] != 0:
		return fmt.Errorf("owner %q is muted", m.owner)
	case m.dismissed && (m.members.len() != 0 || m.records.pending != 0):
		return fmt.Errorf("dismissed with %d members, %d pending", m.members.len(), m.records.pending)
	case m.guests < 0:
		return fmt.Errorf("%d guests", m.guests)
	}
	if most := m.settings.MaxMembers; most != 0 && m.members.len() > int(most) {
		return fmt.Errorf("%d members of at most %d", m.members.len(), most)
	}
	for _, id := range slices.Sorted(m.pendingIDs()) {
		if r := m.records.get(id); m.members.get(r.Applicant) != nil {
			return fmt.Errorf("record %d of member %q is pending", id, r.Applicant)
		}
	}
	return nil
}

func (m *Machine) pendingIDs() func(func(ApplicationID) bool) {
	return func(yield func(ApplicationID) bool) {
		for _, r := range m.records.allPending() {
			if !yield(r.ID) {
				return
			}
		}
	}
}

func (r *roster) check() error {
	live, last := 0, uint64(0)
	for _, c := range r.order {
		if r.byID[c.id] != c {
			return fmt.Errorf("chunk %d is not under its id", c.id)
		}
		here := 0
		for j := range c.members {
			member := &c.members[j]
			if member.Order <= last {
				return fmt.Errorf("order %d after %d", member.Order, last)
			}
			last = member.Order
			if member.User == "" {
				continue
			}
			here++
			if slot, ok := r.index[member.User]; !ok || slot != c.id<<chunkBits|uint32(j) {
				return fmt.Errorf("index of %q is %d", member.User, slot)
			}
		}
		if here != c.live || here == 0 {
			return fmt.Errorf("chunk %d has %d members, counted %d", c.id, here, c.live)
		}
		live += here
	}
	if live != len(r.index) || last > r.lastOrder {
		return fmt.Errorf("%d members, index %d, last order %d of %d", live, len(r.index), last, r.lastOrder)
	}
	return nil
}

func (b *book) check() error {
	pending, last := 0, ApplicationID(0)
	for i, r := range b.list {
		if r == nil {
			continue
		}
		if r.ID <= last || b.at[r.ID] != i {
			return fmt.Errorf("record %d at place %d", r.ID, i)
		}
		last = r.ID
		_, indexed := slices.BinarySearch(b.byApplicant[r.Applicant], r.ID)
		if indexed == r.State.Final() {
			return fmt.Errorf("record %d in state %v, indexed %v", r.ID, r.State, indexed)
		}
		if r.Type == TypeInvite {
			if _, ok := slices.BinarySearch(b.byInviter[r.Inviter], r.ID); ok != indexed {
				return fmt.Errorf("invitation %d by inviter: %v", r.ID, ok)
			}
		}
		if r.State.Final() {
			continue
		}
		pending++
		if !slices.Contains(b.due, dueEntry{r.ExpiresAt, r.ID}) {
			return fmt.Errorf("record %d is not due at %d", r.ID, r.ExpiresAt)
		}
		if b.last(r.Applicant, r.Inviter) != r {
			return fmt.Errorf("record %d is not the newest of its pair", r.ID)
		}
	}
	if pending != b.pending || len(b.allPending()) != pending {
		return fmt.Errorf("%d pending, counted %d", pending, b.pending)
	}
	return nil
}
