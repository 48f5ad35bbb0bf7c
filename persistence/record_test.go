package persistence_test

import (
	"encoding/hex"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	recordv1 "github.com/troupe-im/troupe/persistence/record/v1"
)

// bodies draws every sort of event body.
func bodies() map[string]*rapid.Generator[group.Body] {
	return map[string]*rapid.Generator[group.Body]{
		"created":        body[group.Created](),
		"joined":         body[group.Joined](),
		"left":           body[group.Left](),
		"kicked":         body[group.Kicked](),
		"role changed":   body[group.RoleChanged](),
		"info changed":   body[group.InfoChanged](),
		"members muted":  body[group.MembersMuted](),
		"member changed": body[group.MemberChanged](),
		"remind changed": body[group.RemindChanged](),
		"sent":           body[group.Sent](),
		"filed":          body[group.Filed](),
		"record changed": body[group.RecordChanged](),
		"notice sent":    body[group.NoticeSent](),
		"dismissed":      body[group.Dismissed](),
	}
}

func body[T any]() *rapid.Generator[group.Body] {
	return rapid.Map(rapid.Make[T](), func(v T) group.Body { return any(&v).(group.Body) })
}

// events draws events around a body. Of a result only what is stored is drawn.
func events(b *rapid.Generator[group.Body]) *rapid.Generator[*group.Event] {
	return rapid.Custom(func(t *rapid.T) *group.Event {
		e := &group.Event{
			Position:  rapid.Make[group.Position]().Draw(t, "position"),
			Seq:       rapid.Make[group.Seq]().Draw(t, "seq"),
			Ordinal:   rapid.Uint64().Draw(t, "ordinal"),
			Time:      rapid.Make[group.Millis]().Draw(t, "time"),
			Operator:  rapid.Make[group.UserID]().Draw(t, "operator"),
			Request:   rapid.Uint64().Draw(t, "request"),
			GroupName: rapid.String().Draw(t, "name"),
			Body:      b.Draw(t, "body"),
		}
		if rapid.Bool().Draw(t, "result") {
			e.Result = drawResult(t)
		}
		return e
	})
}

func drawResult(t *rapid.T) *group.Result {
	r := &group.Result{
		Code:      rapid.Make[group.Code]().Draw(t, "code"),
		Outcome:   rapid.Make[group.Outcome]().Draw(t, "outcome"),
		Users:     rapid.Make[[]group.UserResult]().Draw(t, "users"),
		Seq:       rapid.Make[group.Seq]().Draw(t, "seq"),
		Time:      rapid.Make[group.Millis]().Draw(t, "time"),
		Random:    rapid.Uint32().Draw(t, "random"),
		Receivers: rapid.Uint32().Draw(t, "receivers"),
		Modes:     rapid.Make[*group.Modes]().Draw(t, "modes"),
		Mute:      rapid.Make[*group.Mute]().Draw(t, "mute"),
	}
	if rapid.Bool().Draw(t, "group") {
		r.Group = &group.Profile{}
	}
	if rapid.Bool().Draw(t, "member") {
		r.Member = &group.MemberProfile{User: "ann"}
	}
	return r
}

func TestEventSurvives(t *testing.T) {
	for name, b := range bodies() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				e := events(b).Draw(t, "event")
				data := persistence.EncodeEvent(e)
				got, err := persistence.DecodeEvent(data)
				require.NoError(t, err)
				if diff := cmp.Diff(e, got, cmpopts.EquateEmpty()); diff != "" {
					t.Fatalf("changed (-drawn +decoded):\n%s", diff)
				}
				require.Equal(t, data, persistence.EncodeEvent(got), "equal events give equal bytes")
			})
		})
	}
}

// The hand-written bytes are what the schema says, to the last field.
func TestEventFollowsSchema(t *testing.T) {
	for name, b := range bodies() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				e := events(b).Draw(t, "event")
				data := persistence.EncodeEvent(e)
				var m recordv1.Event
				require.NoError(t, proto.Unmarshal(data[1:], &m))
				requireKnown(t, m.ProtoReflect())
				again, err := proto.MarshalOptions{Deterministic: true}.Marshal(&m)
				require.NoError(t, err)
				got, err := persistence.DecodeEvent(append([]byte{data[0]}, again...))
				require.NoError(t, err)
				require.Empty(t, cmp.Diff(e, got, cmpopts.EquateEmpty()))
			})
		})
	}
}

// requireKnown fails on fields that the schema does not name.
func requireKnown(t require.TestingT, m protoreflect.Message) {
	require.Empty(t, m.GetUnknown(), "unknown fields in %s", m.Descriptor().Name())
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Message() == nil:
		case f.IsList():
			for i := range v.List().Len() {
				requireKnown(t, v.List().Get(i).Message())
			}
		default:
			requireKnown(t, v.Message())
		}
		return true
	})
}

// full sets every field of a value to something that is not zero.
func full(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		full(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				full(v.Field(i))
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		full(v.Index(0))
		full(v.Index(1))
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		v.SetUint(201)
	case reflect.Int32, reflect.Int64:
		v.SetInt(-7)
	default:
		panic("no value for " + v.Type().String())
	}
}

// A field that is added to an event and forgotten in the codec shows here.
func TestEventLosesNoField(t *testing.T) {
	for name, b := range bodies() {
		t.Run(name, func(t *testing.T) {
			v := b.Example(0)
			full(reflect.ValueOf(v).Elem())
			e := &group.Event{Position: 1, Body: v}
			got, err := persistence.DecodeEvent(persistence.EncodeEvent(e))
			require.NoError(t, err)
			require.Equal(t, e, got)
		})
	}
}

func TestHeaderIsTheEvents(t *testing.T) {
	for name, b := range bodies() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				e := events(b).Draw(t, "event")
				got, err := persistence.DecodeHeader(persistence.EncodeEvent(e))
				require.NoError(t, err)
				want := persistence.Header{
					Position: e.Position, Seq: e.Seq, Ordinal: e.Ordinal, Time: e.Time, Operator: e.Operator, Request: e.Request,
				}
				if sent, ok := e.Body.(*group.Sent); ok {
					want.Message, want.Sender, want.SenderRole, want.Random = true, sent.Sender.User, sent.Sender.Role, sent.Random
				}
				require.Equal(t, want, got)
			})
		})
	}
}

// The stored form never changes: these bytes are those of the first version.
func TestStoredFormStays(t *testing.T) {
	e := &group.Event{
		Position: 9, Seq: 7, Ordinal: 5, Time: 1_700_000_000_000, Operator: "ann", Request: 0x1122334455667788, GroupName: "Reading",
		Body: &group.Sent{
			Sender: group.Card{User: "ann", Name: "Ann", Role: group.Admin}, Random: 77,
			Elements: []group.Element{{Type: group.ElementText, Text: "hello"}},
		},
	}
	const want = "01" + "0809" + "1007" + "1805" + "2080a0abfef962" + "2a03616e6e" + "318877665544332211" +
		"420752656164696e67" + "ca011b" + "084d" + "120c" + "0a03616e6e" + "1203416e6e" + "2802" + "1a09" + "0801" + "120568656c6c6f"
	require.Equal(t, want, hex.EncodeToString(persistence.EncodeEvent(e)))
	data, err := hex.DecodeString(want)
	require.NoError(t, err)
	got, err := persistence.DecodeEvent(data)
	require.NoError(t, err)
	require.Equal(t, e, got)
}

func TestCorruptEvents(t *testing.T) {
	good := persistence.EncodeEvent(&group.Event{Position: 1, Body: &group.Dismissed{Reason: 1}})
	tests := map[string][]byte{
		"nothing":         nil,
		"another version": append([]byte{9}, good[1:]...),
		"cut short":       good[:len(good)-1],
		"no body":         {1, 0x08, 1},
		"wrong wire type": {1, 0x0d, 1, 2, 3, 4, 0xea, 0x01, 0},
		"a broken tag":    {1, 0xff},
		"a group tag end": {1, 0x0c},
		"kind too large":  {1, 0x82, 0x01, 3, 0x18, 0x80, 0x02},
	}
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := persistence.DecodeEvent(data)
			require.ErrorIs(t, err, persistence.ErrCorrupt)
		})
	}
}

func TestUnknownFieldsAreIgnored(t *testing.T) {
	e := &group.Event{Position: 3, Body: &group.Dismissed{Reason: group.DismissedByCall}}
	later := append(persistence.EncodeEvent(e), 0xfa, 0x07, 2, 'x', 'y', 0xf8, 0x07, 5)
	got, err := persistence.DecodeEvent(later)
	require.NoError(t, err)
	require.Equal(t, e, got)
	h, err := persistence.DecodeHeader(later)
	require.NoError(t, err)
	require.Equal(t, group.Position(3), h.Position)
}

func TestEventWithoutBodyIsADefect(t *testing.T) {
	require.Panics(t, func() { persistence.EncodeEvent(&group.Event{Position: 1}) })
}

func FuzzDecodeEvent(f *testing.F) {
	for _, b := range bodies() {
		v := b.Example(1)
		f.Add(persistence.EncodeEvent(&group.Event{Position: 1, Seq: 1, Body: v}))
		full(reflect.ValueOf(v).Elem())
		f.Add(persistence.EncodeEvent(&group.Event{Position: 1, Seq: 1, Result: &group.Result{Code: 1}, Body: v}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := persistence.DecodeEvent(data)
		if err != nil {
			require.ErrorIs(t, err, persistence.ErrCorrupt)
			return
		}
		// What decodes has a stored form that decodes to the same.
		again, err := persistence.DecodeEvent(persistence.EncodeEvent(e))
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(e, again, cmpopts.EquateEmpty()))
		_, err = persistence.DecodeHeader(persistence.EncodeEvent(e))
		require.NoError(t, err)
	})
}
