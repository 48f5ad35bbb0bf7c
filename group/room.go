package group

// numberedEvent is an event with the frame that shows it: one allocation.
type numberedEvent struct {
	event Event
	frame Numbered
}

// shown is the frame of an event; of the newest it is there already.
func (s *step) shown(e *Event) *Numbered {
	if s.newest != nil && e == &s.newest.event {
		return &s.newest.frame
	}
	return &Numbered{e}
}

// decisionRoom holds what most decisions consist of: one event, one effect.
type decisionRoom struct {
	events  [1]*Event
	effects [1]Effect
}

// room makes place for events and effects by one allocation.
func (s *step) room() {
	if s.d.Events == nil && s.d.Effects == nil {
		r := &decisionRoom{}
		s.d.Events, s.d.Effects = r.events[:0], r.effects[:0]
	}
}
