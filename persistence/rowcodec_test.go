package persistence_test

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	recordv1 "github.com/troupe-im/troupe/persistence/record/v1"
)

// codec is how one type of row is stored.
type codec[T any] struct {
	encode func(*T) []byte
	decode func([]byte) (*T, error)
	schema proto.Message
	// settle sets what the key holds, or what cannot be otherwise.
	settle func(*T)
}

func (c codec[T]) test(t *testing.T) {
	check := func(t require.TestingT, v *T) {
		if c.settle != nil {
			c.settle(v)
		}
		data := c.encode(v)
		got, err := c.decode(data)
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(v, got, cmpopts.EquateEmpty()))
		m := c.schema.ProtoReflect().New().Interface()
		require.NoError(t, proto.Unmarshal(data[1:], m))
		requireKnown(t, m.ProtoReflect())
	}
	t.Run("no field is lost", func(t *testing.T) {
		var v T
		full(reflect.ValueOf(&v).Elem())
		check(t, &v)
	})
	t.Run("any value survives", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			v := rapid.Make[T]().Draw(t, "row")
			check(t, &v)
		})
	})
	t.Run("what is none is corrupt", func(t *testing.T) {
		for _, data := range [][]byte{nil, {}, {0}, {9, 8, 1}, {1, 0xff}, {1, 0x0f}} {
			_, err := c.decode(data)
			require.ErrorIs(t, err, persistence.ErrCorrupt, "%x", data)
		}
	})
}

func TestRowsSurvive(t *testing.T) {
	t.Run("group name", codec[persistence.GroupName]{
		encode: persistence.EncodeGroupName, decode: persistence.DecodeGroupName, schema: &recordv1.GroupName{},
	}.test)
	t.Run("group row", codec[persistence.GroupRow]{
		encode: persistence.EncodeGroupRow, decode: persistence.DecodeGroupRow, schema: &recordv1.GroupRow{},
		settle: func(v *persistence.GroupRow) {
			if !v.Dismissed {
				v.DismissedAt = 0
			}
		},
	}.test)
	t.Run("member row", codec[persistence.MemberRow]{
		encode: persistence.EncodeMemberRow, decode: persistence.DecodeMemberRow, schema: &recordv1.MemberRow{},
	}.test)
	t.Run("user row", codec[persistence.UserRow]{
		encode: persistence.EncodeUserRow, schema: &recordv1.UserRow{},
		decode: func(b []byte) (*persistence.UserRow, error) { return persistence.DecodeUserRow("ann", b) },
		settle: func(v *persistence.UserRow) { v.User = "ann" },
	}.test)
	t.Run("group notice", codec[persistence.GroupNotice]{
		encode: persistence.EncodeGroupNotice, decode: persistence.DecodeGroupNotice, schema: &recordv1.GroupNotice{},
	}.test)
	t.Run("inbox entry", codec[persistence.InboxEntry]{
		encode: persistence.EncodeInboxEntry, schema: &recordv1.InboxEntry{},
		decode: func(b []byte) (*persistence.InboxEntry, error) { return persistence.DecodeInboxEntry(7, b) },
		settle: func(v *persistence.InboxEntry) { v.Seq = 7 },
	}.test)
	t.Run("application", codec[group.Record]{
		encode: persistence.EncodeRecord, decode: persistence.DecodeRecord, schema: &recordv1.Record{},
	}.test)
	t.Run("deletion", codec[persistence.Deletion]{
		encode: persistence.EncodeDeletion, schema: &recordv1.Deletion{},
		decode: func(b []byte) (*persistence.Deletion, error) { return persistence.DecodeDeletion("ann", b) },
		settle: func(v *persistence.Deletion) { v.User = "ann" },
	}.test)
	t.Run("ticket state", codec[persistence.TicketState]{
		encode: persistence.EncodeTicketState, decode: persistence.DecodeTicketState, schema: &recordv1.TicketState{},
	}.test)
	t.Run("ban", codec[persistence.Ban]{
		encode: persistence.EncodeBan, schema: &recordv1.Ban{},
		decode: func(b []byte) (*persistence.Ban, error) {
			return persistence.DecodeBan(persistence.BanKey(&persistence.Ban{User: "ann"}), b)
		},
		settle: func(v *persistence.Ban) { v.User, v.Network = "ann", "" },
	}.test)
	t.Run("revocation", codec[persistence.Revocation]{
		encode: persistence.EncodeRevocation, schema: &recordv1.Revocation{},
		decode: func(b []byte) (*persistence.Revocation, error) { return persistence.DecodeRevocation("ann", b) },
		settle: func(v *persistence.Revocation) { v.User = "ann" },
	}.test)
	t.Run("audit entry", codec[persistence.AuditEntry]{
		encode: persistence.EncodeAuditEntry, schema: &recordv1.AuditEntry{},
		decode: func(b []byte) (*persistence.AuditEntry, error) { return persistence.DecodeAuditEntry(7, b) },
		settle: func(v *persistence.AuditEntry) { v.ID = 7 },
	}.test)
	t.Run("read mark", codec[persistence.ReadMark]{
		encode: func(v *persistence.ReadMark) []byte { return persistence.EncodeReadMark(*v) }, schema: &recordv1.ReadMark{},
		decode: func(b []byte) (*persistence.ReadMark, error) {
			v, err := persistence.DecodeReadMark(b)
			return &v, err
		},
	}.test)
}

func TestKeysAreApart(t *testing.T) {
	keys := map[string]string{
		"stream":             string(persistence.StreamKey(1)),
		"stream number":      string(persistence.StreamNumberKey(1, 2)),
		"user number":        string(persistence.UserNumberKey("a", 2)),
		"longer user number": string(persistence.UserNumberKey("ab", 2)),
		"user name":          string(persistence.UserNameKey("a", "b")),
		"user":               string(persistence.UserKey("ab")),
		"stream user":        string(persistence.StreamUserKey(1, "a")),
		"deleted":            string(persistence.DeletedKey("a", 2)),
	}
	seen := map[string]string{}
	for name, key := range keys {
		require.Empty(t, seen[key], "%s is also %s", name, seen[key])
		seen[key] = name
	}
	require.NotContains(t, keys["longer user number"], string(persistence.UserPrefix("a")), "no user's keys begin another's")
	require.Less(t, string(persistence.UserNumberKey("a", 255)), string(persistence.UserNumberKey("a", 256)), "numbers sort")
}

func TestUsers(t *testing.T) {
	w := newWorld(t)
	row := persistence.UserRow{User: "ann", RegisteredAt: start, Name: "Ann", Avatar: "a.png"}
	w.rows(persistence.UserOp(&row))
	w.view(func(tx persistence.Tx) {
		got, ok, err := persistence.ReadUser(tx, "ann")
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, row, got)
		_, ok, err = persistence.ReadUser(tx, "bob")
		require.NoError(t, err)
		require.False(t, ok)
	})
}

func TestTicketsAreKeptOnce(t *testing.T) {
	w := newWorld(t)
	read := func() (v persistence.TicketState, ok bool) {
		w.view(func(tx persistence.Tx) {
			var err error
			v, ok, err = persistence.ReadTickets(tx)
			require.NoError(t, err)
		})
		return v, ok
	}
	_, ok := read()
	require.False(t, ok)
	kept := persistence.TicketState{Epoch: "e", Boot: 7, Key: []byte("k"), Last: 9}
	w.rows(persistence.KeepTicketsOp(&kept))
	got, ok := read()
	require.True(t, ok)
	require.Equal(t, kept, got)
	w.rows(persistence.TakeTicketsOp())
	_, ok = read()
	require.False(t, ok)
}
