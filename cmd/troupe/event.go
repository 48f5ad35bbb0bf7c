package main

import (
	"github.com/troupe-im/troupe/client"
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
)

func codeRow(code int32) (protocol.CodeRow, bool) { return protocol.RowOf(group.Code(code)) }

// event prints one event.
func (p *printer) event(e client.Event) error {
	line, err := flatEvent(e)
	if err == nil && !p.asJSON {
		line = []byte(oneLine(plainEvent(e, line)))
	}
	if err != nil {
		return err
	}
	return p.line(line)
}

// state prints connection_changed (spec 14.3).
func (p *printer) state(s client.State, cause error) error {
	var o object
	o.text("event", "connection_changed")
	o.text("state", s.String())
	if cause != nil {
		o.text("reason", cause.Error())
	}
	if !p.asJSON {
		return p.line([]byte("connection " + s.String()))
	}
	return p.line(o.bytes())
}

// flatEvent is an event as one object: its name and its fields.
func flatEvent(e client.Event) ([]byte, error) {
	var o object
	var err error
	switch {
	case e.Gap != nil:
		o.text("event", "gap")
		o.text("group_id", e.Group)
		err = o.flat(e.Gap)
	case e.Lost != nil:
		o.text("event", "detached")
		err = o.flat(e.Lost)
	default:
		name, m := chosen(e.Event, "event")
		o.text("event", name)
		if err = o.flat(m); err == nil && e.Skipped != nil {
			err = o.message("skipped", e.Skipped)
		}
	}
	return o.bytes(), err
}
