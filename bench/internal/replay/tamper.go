package replay

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Tamper changes what a receiver hears before it is judged, to show that the
// judge notices: the first message of each receiver is lost, doubled, changed
// or swapped with the next one.
type Tamper string

// The ways. A run with any but NoTamper must fail.
const (
	NoTamper Tamper = ""
	Lost     Tamper = "lost"
	Doubled  Tamper = "doubled"
	Changed  Tamper = "changed"
	Swapped  Tamper = "swapped"
)

// Check refuses unknown ways.
func (t Tamper) Check() error {
	switch t {
	case NoTamper, Lost, Doubled, Changed, Swapped:
		return nil
	}
	return fmt.Errorf("tamper %q: want lost, doubled, changed or swapped", string(t))
}

// tampering is the state of one receiver; owned by its reader.
type tampering struct {
	way  Tamper
	done bool
	held *troupev1.Event
}

// pass returns what the receiver hears in place of e.
func (t *tampering) pass(e *troupev1.Event) []*troupev1.Event {
	if t.held != nil {
		if e.GetMessage() == nil {
			return []*troupev1.Event{e}
		}
		held := t.held
		t.held = nil
		return []*troupev1.Event{e, held}
	}
	if t.done || t.way == NoTamper || e.GetMessage().GetSenderId() == "" {
		return []*troupev1.Event{e}
	}
	t.done = true
	switch t.way {
	case Lost:
		return nil
	case Doubled:
		return []*troupev1.Event{e, e}
	case Swapped:
		t.held = e
		return nil
	}
	changed := proto.CloneOf(e)
	changed.GetMessage().Elements[0].GetText().Text += "!"
	return []*troupev1.Event{changed}
}
