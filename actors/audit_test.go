package actors

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/persistence/journaltest"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// audited gives the log in short, oldest first: who operation target code.
func (r *rig) audited() string {
	r.t.Helper()
	r.settle()
	var words []string
	require.NoError(r.t, r.journal.View(func(tx persistence.Tx) error {
		page, err := persistence.ListAudit(tx, &persistence.AuditQuery{Oldest: true, Count: 1000, Bytes: 1 << 20})
		for _, e := range page.Entries {
			words = append(words, fmt.Sprint(e.Actor, " ", e.Operation, " ", e.Target, " ", int32(e.Code)))
		}
		return err
	}))
	return strings.Join(words, "; ")
}

func TestAuditEntry(t *testing.T) {
	r := newRig(t)
	ann := r.login("ann", "")
	ann.ok(create(troupev1.Kind_KIND_CUSTOM, "g", "bob"))
	root := r.connect()
	root.remote = netip.MustParseAddr("::ffff:192.0.2.7")
	root.ok(&troupev1.Login{UserId: "root", DeviceId: "desk"})
	req := wrap(&troupev1.KickMembers{GroupId: "g", UserIds: []string{"cat"}, Reason: "why"})
	root.session.Request(req)
	require.Zero(t, root.answer(req.GetRequestId()).GetCode())
	list := root.ok(&troupev1.ListAudit{}).GetListAudit()
	require.Empty(t, list.GetNextCursor())
	want := &troupev1.AuditEntry{
		AuditId: 1, Time: start.UnixMilli(), Actor: "root", Via: troupev1.Via_VIA_CONNECTION, Address: "192.0.2.7", DeviceId: "desk",
		Operation: "kick_members", Target: "g", Parameters: &troupev1.Request{Op: req.Op}, RequestId: req.GetRequestId(), Code: proto.Int32(0),
	}
	require.Empty(t, cmp.Diff([]*troupev1.AuditEntry{want}, list.GetEntries(), protocmp.Transform()))
}

// Which calls have entries, and that they have one.
func TestAudited(t *testing.T) {
	one := proto.Uint32(1)
	for name, c := range map[string]struct {
		who  string
		code int32
		call proto.Message
		want string
	}{
		"a change":                    {"root", 0, &troupev1.SetNameCard{GroupId: "g", UserId: "bob", NameCard: "x"}, "root set_name_card g 0"},
		"a change that changes none":  {"root", 0, &troupev1.SetNameCard{GroupId: "g", UserId: "bob"}, "root set_name_card g 0"},
		"a message":                   {"root", 0, text("g"), "root send_message g 0"},
		"a message in a livestream":   {"root", 0, text("live"), "root send_message live 0"},
		"a notice in a livestream":    {"root", 0, &troupev1.SendCustomNotice{GroupId: "live", Content: []byte("x")}, "root send_custom_notice live 0"},
		"a group for somebody":        {"root", 0, &troupev1.CreateGroup{Kind: troupev1.Kind_KIND_CUSTOM, GroupId: "h", OwnerId: "ann"}, "root create_group h 0"},
		"refused":                     {"root", 10008, &troupev1.TransferOwner{GroupId: "live", NewOwnerId: "bob"}, "root transfer_owner live 10008"},
		"a read":                      {"root", 0, &troupev1.ListMembers{GroupId: "g"}, "root list_members g 0"},
		"history":                     {"root", 0, &troupev1.GetGroupHistory{GroupId: "g"}, "root get_group_history g 0"},
		"profiles":                    {"root", 0, &troupev1.GetGroupProfiles{GroupIds: []string{"g", "none", "!#"}}, "root get_group_profiles  0"},
		"one profile":                 {"root", 0, &troupev1.GetGroupProfiles{GroupIds: []string{"g"}}, "root get_group_profiles g 0"},
		"profiles of nothing":         {"root", 0, &troupev1.GetGroupProfiles{GroupIds: []string{"none"}}, ""},
		"groups of another":           {"root", 0, &troupev1.ListJoinedGroups{UserId: "ann"}, "root list_joined_groups ann 0"},
		"groups of its own":           {"root", 0, &troupev1.ListJoinedGroups{UserId: "root"}, ""},
		"groups, with a bad cursor":   {"root", 11026, &troupev1.ListJoinedGroups{UserId: "ann", Cursor: "x"}, "root list_joined_groups ann 11026"},
		"applications":                {"root", 0, &troupev1.ListApplications{GroupId: "g"}, "root list_applications g 0"},
		"its own applications":        {"root", 0, &troupev1.ListApplications{}, ""},
		"search":                      {"root", 0, &troupev1.SearchGroup{GroupIds: []string{"g"}}, ""},
		"the log":                     {"root", 0, &troupev1.ListAudit{Count: one}, "root list_audit  0"},
		"a group that is not there":   {"root", 10010, &troupev1.SendCustomNotice{GroupId: "none", Content: []byte("x")}, "root send_custom_notice none 10010"},
		"silence, nowhere":            {"ann", 10010, &troupev1.KickMembers{GroupId: "none", UserIds: []string{"bob"}, Silence: true}, "ann kick_members none 10010"},
		"silence, not being allowed":  {"bob", 10007, &troupev1.KickMembers{GroupId: "g", UserIds: []string{"ann"}, Silence: true}, "bob kick_members g 10007"},
		"silence, in bad form":        {"bob", 10004, &troupev1.KickMembers{GroupId: "g", Silence: true}, "bob kick_members g 10004"},
		"bad parameters":              {"root", 10004, &troupev1.ListAudit{Count: proto.Uint32(0)}, "root list_audit  10004"},
		"the owner by its role":       {"ann", 0, &troupev1.SetNameCard{GroupId: "g", UserId: "bob", NameCard: "x"}, ""},
		"an ordinary refusal":         {"bob", 10007, &troupev1.KickMembers{GroupId: "g", UserIds: []string{"ann"}}, ""},
		"refused what is not its due": {"ann", 10007, &troupev1.SendCustomNotice{GroupId: "g", Content: []byte("x")}, "ann send_custom_notice g 10007"},
		"too large for that":          {"ann", 80002, &troupev1.SendCustomNotice{GroupId: "g", Content: make([]byte, 8899)}, "ann send_custom_notice g 80002"},
		"another's groups":            {"ann", 10007, &troupev1.ListJoinedGroups{UserId: "bob"}, "ann list_joined_groups bob 10007"},
		"the log, for nobody":         {"ann", 10007, &troupev1.ListAudit{}, "ann list_audit  10007"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			ends := map[string]*end{}
			for _, u := range []string{"ann", "bob", "root"} {
				ends[u] = r.login(u, "")
			}
			ends["ann"].ok(create(troupev1.Kind_KIND_CUSTOM, "g", "bob"))
			ends["ann"].ok(create(troupev1.Kind_KIND_LIVESTREAM, "live"))
			require.Empty(t, r.audited())
			ends[c.who].code(c.code, c.call)
			require.Equal(t, c.want, r.audited())
		})
	}
}

// Entry and change are there together, or neither; the answer waits for both,
// that of a read and of a refusal too.
func TestAuditIsStoredFirst(t *testing.T) {
	calls := map[string]proto.Message{
		"change":   &troupev1.SetNameCard{GroupId: "g", UserId: "ann", NameCard: "x"},
		"message":  text("live"),
		"read":     &troupev1.ListMembers{GroupId: "g"},
		"history":  &troupev1.GetGroupHistory{GroupId: "g"},
		"list":     &troupev1.ListJoinedGroups{UserId: "ann"},
		"profiles": &troupev1.GetGroupProfiles{GroupIds: []string{"g"}},
		"refusal":  &troupev1.TransferOwner{GroupId: "g", NewOwnerId: "eve"},
		"form":     &troupev1.SendCustomNotice{GroupId: "g"},
		"log":      &troupev1.ListAudit{},
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			ann, root := r.login("ann", ""), r.login("root", "")
			ann.ok(create(troupev1.Kind_KIND_CUSTOM, "g"))
			ann.ok(create(troupev1.Kind_KIND_LIVESTREAM, "live"))
			r.settle()
			root.take()
			hold, reached := make(chan struct{}), make(chan struct{})
			r.journal.Fail(1, journaltest.Fault{Hold: hold, Reached: reached})
			id := root.post(call)
			met(t, reached)
			require.Empty(t, root.take(), "answered before its entry is stored")
			close(hold)
			answered := root.answer(id)
			require.NotContains(t, []int32{11033, 20005}, answered.GetCode())
			require.NotEmpty(t, r.audited())

			stored := r.audited()
			r.journal.Fail(1, journaltest.Fault{Err: errors.New("disk is gone")})
			if card, ok := call.(*troupev1.SetNameCard); ok {
				card.NameCard = "never"
			}
			root.code(11033, call)
			require.Equal(t, stored, r.audited())
			who := ann.ok(&troupev1.GetMemberProfiles{GroupId: "g", UserIds: []string{"ann"}})
			require.NotEqual(t, "never", who.GetGetMemberProfiles().GetMembers()[0].GetNameCard())
		})
	}
}

// met waits for a channel to be closed.
func met(t *testing.T, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patience):
		require.FailNow(t, "nothing came to the point")
	}
}

func TestAuditOfRepeats(t *testing.T) {
	r := newRig(t)
	ann, root := r.login("ann", ""), r.login("root", "")
	ann.ok(create(troupev1.Kind_KIND_CUSTOM, "g"))
	req := wrap(&troupev1.SetNameCard{GroupId: "g", UserId: "ann", NameCard: "x"})
	for range 2 {
		root.session.Request(req)
		require.Zero(t, root.answer(req.GetRequestId()).GetCode())
		root.take()
	}
	require.Equal(t, "root set_name_card g 0", r.audited())
}

// Who asks is known when the login is through.
func TestAuditBehindALogin(t *testing.T) {
	r := newRig(t)
	hold := make(chan struct{})
	r.journal.Fail(1, journaltest.Fault{Hold: hold})
	e := r.connect()
	e.post(&troupev1.Login{UserId: "eve"})
	bad, log := e.post(&troupev1.ListAudit{Count: proto.Uint32(0)}), e.post(&troupev1.ListAudit{})
	close(hold)
	require.EqualValues(t, 10004, e.answer(bad).GetCode())
	require.EqualValues(t, 10007, e.answer(log).GetCode())
	require.Equal(t, "eve list_audit  10004; eve list_audit  10007", r.audited())

	r.journal.Fail(1, journaltest.Fault{Err: errStopping})
	e = r.connect()
	e.post(&troupev1.Login{UserId: "bob"})
	bad = e.post(&troupev1.ListAudit{Count: proto.Uint32(0)})
	require.EqualValues(t, 11030, e.answer(bad).GetCode())
	require.NotContains(t, r.audited(), "bob")
}

func TestAuditIsKeptFor180Days(t *testing.T) {
	r := newRig(t)
	root := r.login("root", "")
	root.ok(&troupev1.ListJoinedGroups{UserId: "ann"})
	r.advance(180*24*time.Hour - time.Millisecond)
	first := func() string {
		return root.ok(&troupev1.ListAudit{Order: troupev1.Order_ORDER_OLDEST}).GetListAudit().GetEntries()[0].GetOperation()
	}
	require.Equal(t, "list_joined_groups", first())
	r.advance(time.Millisecond)
	require.Equal(t, "list_audit", first())
}

// Refusals are kept for long, so nobody may cause any number of them.
func TestTriesAreBounded(t *testing.T) {
	r := newRig(t)
	one, two, bob := r.login("eve", "1"), r.login("eve", "2"), r.login("bob", "")
	for i := range 15 {
		one.code(10007, &troupev1.ListAudit{})
		if i%2 == 0 {
			two.code(10007, &troupev1.RevokeTokens{UserId: "ann"})
		} else {
			two.code(10004, &troupev1.SetBan{UserId: "ann"})
		}
	}
	r.advance(time.Minute)
	stored := r.audited()
	a := one.code(10006, &troupev1.ListBans{})
	require.EqualValues(t, 240_000, a.GetDetails().GetRetryAfterMs())
	two.code(10006, &troupev1.SetBan{UserId: "ann"})
	one.ok(&troupev1.ListJoinedGroups{})
	require.Equal(t, stored, r.audited())
	bob.code(10007, &troupev1.ListAudit{})
	r.advance(4*time.Minute - time.Millisecond)
	one.code(10006, &troupev1.ListBans{})
	r.advance(time.Millisecond)
	one.code(10007, &troupev1.ListBans{})
	root := r.login("root", "")
	for range 40 {
		root.ok(&troupev1.ListBans{})
	}
	large := &troupev1.SendCustomNotice{GroupId: "none", Content: []byte("x")}
	for i := range 300 {
		large.ToUserIds = append(large.ToUserIds, fmt.Sprint("somebody", i))
	}
	one.code(10010, large)
	root.code(10010, large)
	entries := root.ok(&troupev1.ListAudit{Operation: "send_custom_notice"}).GetListAudit().GetEntries()
	require.Len(t, entries[0].GetParameters().GetSendCustomNotice().GetToUserIds(), 300)
	require.Nil(t, entries[1].GetParameters().GetOp())
}
