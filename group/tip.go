package group

// TipOf is the type of tip that an event is shown as; 0 if it took no number
// or is a message.
func TipOf(e *Event) TipType {
	if e.Seq == 0 {
		return 0
	}
	switch b := e.Body.(type) {
	case *Joined:
		return TipJoin
	case *Left:
		return TipQuit
	case *Kicked:
		return TipKick
	case *RoleChanged:
		switch {
		case b.User.Role == Admin:
			return TipSetAdmin
		case b.From == Admin:
			return TipUnsetAdmin
		}
		return TipMemberInfo
	case *InfoChanged:
		return TipGroupInfo
	case *MembersMuted, *MemberChanged:
		return TipMemberInfo
	}
	return 0
}

// TipEvent is the spec's name of the event that a tip tells of (spec 14.1);
// empty if the event is no tip.
func (e *Event) TipEvent() string { return TipOf(e).String() }
