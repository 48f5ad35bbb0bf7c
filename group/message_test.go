package group_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

func TestSendElements(t *testing.T) {
	element := func(typ group.ElementType, text, data string) group.Element {
		return group.Element{Type: typ, Text: text, Data: data}
	}
	fifty := make([]group.Element, 50)
	for i := range fifty {
		fifty[i] = element(group.ElementText, "x", "")
	}
	invalid := func(field string) *group.Rejection {
		return &group.Rejection{Code: group.CodeInvalidParameter, Field: field}
	}
	large := &group.Rejection{Code: group.CodeMessageTooLarge}
	for name, c := range map[string]struct {
		elements []group.Element
		want     *group.Rejection
	}{
		"none":               {nil, invalid("elements")},
		"too many":           {append(fifty, fifty[0]), invalid("elements")},
		"most":               {fifty, nil},
		"unknown":            {[]group.Element{element(4, "x", "x")}, invalid("elements.type")},
		"empty text":         {[]group.Element{element(group.ElementText, "", "x")}, invalid("elements.text")},
		"empty custom":       {[]group.Element{element(group.ElementCustom, "x", "")}, invalid("elements.data")},
		"face without data":  {[]group.Element{element(group.ElementFace, "", "")}, nil},
		"face with too much": {[]group.Element{element(group.ElementFace, "", long(1001))}, invalid("elements.data")},
		"largest":            {[]group.Element{element(group.ElementText, long(8898), "")}, nil},
		"too large":          {[]group.Element{element(group.ElementText, long(8899), "")}, large},
		"too large in parts": {[]group.Element{element(group.ElementText, long(4449), ""), element(group.ElementCustom, "", long(4450))}, large},
		"desc and ext count": {[]group.Element{{Type: group.ElementCustom, Data: "x", Desc: long(4449), Ext: long(4449)}}, large},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.run("ann create kind=work")
			d := w.do("ann", group.Send{Elements: c.elements})
			require.Equal(t, c.want, d.Reject)
			if c.want == nil {
				require.Equal(t, c.elements, d.Events[0].Body.(*group.Sent).Elements)
			}
		})
	}
}

// TestSendOrder: bad parameters go before a missing membership, that before a mute.
func TestSendOrder(t *testing.T) {
	runRefusals(t, []string{"ann create kind=public members=bob", "ann mute_group all"}, []refusal{
		{"eve send " + long(8899), "message_too_large"},
		{"eve send hi", "not_member"},
		{"bob send hi", "muted scope=group until=no-end"},
		{"ann send hi", "muted scope=group until=no-end"},
	})
}

// TestSentIsStamped with the sender as of then (spec 19.17 d).
func TestSentIsStamped(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=custom members=bob name=Old")
	w.run("bob card name=B")
	w.run("ann role bob to=9")
	d := w.must("bob", group.Send{Elements: text("hi"), Random: 5, RandomGiven: true})
	want := &group.Event{
		Position: 5, Seq: 4, Ordinal: 1, Time: start, Operator: "bob", GroupName: "Old",
		Body: &group.Sent{Sender: group.Card{User: "bob", Name: "BOB", NameCard: "B", Role: 9}, Random: 5, Elements: text("hi")},
	}
	require.Empty(t, cmp.Diff(want, d.Events[0]))
	require.Equal(t, group.Result{Seq: 4, Time: start, Random: 5}, d.Result)
	require.Equal(t, d.Result, group.ResultOf(d.Events[0]))
	bob, _ := w.m.Member("bob")
	require.Equal(t, start, bob.LastSendTime)
	require.Equal(t, start, w.m.Profile().LastMessage)
}

// TestRandomIsMade where the client gave none, and differs from message to message.
func TestRandomIsMade(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=work")
	seen := map[uint32]bool{}
	for range 100 {
		d := w.must("ann", group.Send{Elements: text("hi")})
		require.Len(t, d.Events, 1)
		seen[d.Result.Random] = true
	}
	require.Len(t, seen, 100)
}

func TestNotice(t *testing.T) {
	given := []string{"ann create kind=meeting members=bob,cat"}
	runCases(t, []stepCase{
		{"to all", given, `root notice "hello"`, []string{"ok receivers=3", `notice 255 operator=root content="hello" -> all members`, "stored NoticeSent"}},
		{"to some", given, `root notice hello to=cat,eve,cat,bob`, []string{"ok receivers=2", `notice 255 operator=root content="hello" -> cat,bob`, "stored NoticeSent"}},
		{"to nobody who is here", given, `root notice hello to=eve`, []string{"ok"}},
	})
	runRefusals(t, given, []refusal{
		{`root notice ""`, "invalid_parameter field=content"},
		{"root notice " + long(8899), "message_too_large"},
		{"ann notice hello", "permission_denied"},
		{"eve notice hello", "permission_denied"},
	})
}
