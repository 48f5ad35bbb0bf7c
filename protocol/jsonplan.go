package protocol

import (
	"strings"
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// messagePlan is what the JSON codec needs to know of one message, compiled
// from its descriptor once.
type messagePlan struct {
	name protoreflect.FullName
	// fields in the order of the schema; the members of a oneof share one entry
	// of groups, at the place of its first member.
	fields []fieldPlan
	groups []groupPlan
	byName map[string]*fieldPlan
}

// groupPlan is a field by itself, or a oneof.
type groupPlan struct {
	field   *fieldPlan
	oneof   protoreflect.OneofDescriptor
	members map[protoreflect.FieldNumber]*fieldPlan
}

type fieldPlan struct {
	desc  protoreflect.FieldDescriptor
	oneof protoreflect.OneofDescriptor // nil if it is in none
	index uint
	name  string
	key   string // "name":
	kind  protoreflect.Kind
	list  bool
	enum  *enumPlan
	msg   *messagePlan
}

type enumPlan struct {
	byName   map[string]protoreflect.EnumNumber
	byNumber map[protoreflect.EnumNumber]string
}

// plans holds the plans of all messages of the schema. They are compiled on
// first use and never change.
var plans = sync.OnceValue(func() map[protoreflect.FullName]*messagePlan {
	c := planner{messages: map[protoreflect.FullName]*messagePlan{}, enums: map[protoreflect.FullName]*enumPlan{}}
	all := troupev1.File_troupe_v1_troupe_proto.Messages()
	for i := range all.Len() {
		c.message(all.Get(i))
	}
	return c.messages
})

type planner struct {
	messages map[protoreflect.FullName]*messagePlan
	enums    map[protoreflect.FullName]*enumPlan
}

func (c *planner) message(d protoreflect.MessageDescriptor) *messagePlan {
	if p := c.messages[d.FullName()]; p != nil {
		return p
	}
	fields := d.Fields()
	p := &messagePlan{
		name:   d.FullName(),
		fields: make([]fieldPlan, fields.Len()),
		byName: make(map[string]*fieldPlan, fields.Len()),
	}
	c.messages[p.name] = p // before the fields: a message may contain itself
	oneofs := map[protoreflect.Name]int{}
	for i := range fields.Len() {
		f := &p.fields[i]
		c.field(f, fields.Get(i), uint(i))
		p.byName[f.name] = f
		if f.oneof == nil {
			p.groups = append(p.groups, groupPlan{field: f})
			continue
		}
		at, ok := oneofs[f.oneof.Name()]
		if !ok {
			at = len(p.groups)
			oneofs[f.oneof.Name()] = at
			p.groups = append(p.groups, groupPlan{oneof: f.oneof, members: map[protoreflect.FieldNumber]*fieldPlan{}})
		}
		p.groups[at].members[f.desc.Number()] = f
	}
	return p
}

func (c *planner) field(f *fieldPlan, d protoreflect.FieldDescriptor, index uint) {
	name := string(d.Name())
	*f = fieldPlan{desc: d, index: index, name: name, key: `"` + name + `":`, kind: d.Kind(), list: d.IsList()}
	if o := d.ContainingOneof(); o != nil && !o.IsSynthetic() {
		f.oneof = o
	}
	switch d.Kind() {
	case protoreflect.MessageKind:
		f.msg = c.message(d.Message())
	case protoreflect.EnumKind:
		f.enum = c.enum(d.Enum())
	}
}

// enum maps numbers to names: admin_approval for JOIN_OPTION_ADMIN_APPROVAL.
func (c *planner) enum(d protoreflect.EnumDescriptor) *enumPlan {
	if p := c.enums[d.FullName()]; p != nil {
		return p
	}
	values := d.Values()
	p := &enumPlan{
		byName:   make(map[string]protoreflect.EnumNumber, values.Len()),
		byNumber: make(map[protoreflect.EnumNumber]string, values.Len()),
	}
	prefix := snake(string(d.Name())) + "_"
	for i := range values.Len() {
		v := values.Get(i)
		name := strings.TrimPrefix(strings.ToLower(string(v.Name())), prefix)
		p.byName[name], p.byNumber[v.Number()] = v.Number(), name
	}
	c.enums[d.FullName()] = p
	return p
}

// snake turns JoinOption into join_option.
func snake(s string) string {
	var b strings.Builder
	for i, r := range s {
		if r >= 'A' && r <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
