package protocol

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var (
	alice = group.Card{User: "alice", Name: "Alice", Avatar: "https://cdn.example/a.png", NameCard: "Al", Role: group.Owner}
	bob   = group.Card{User: "bob", Name: "Bob", Role: group.Member}
)

func numbered(operator group.UserID, body group.Body) group.Frame {
	return &group.Numbered{Event: &group.Event{
		Position: 9, Seq: 8, Ordinal: 3, Time: 1_760_000_000_123, Operator: operator, GroupName: "Harbour", Body: body,
	}}
}

func sampleRecord() group.Record {
	return group.Record{
		ID: 4711, Group: "harbour", Type: group.TypeInvite, Applicant: "carol", ApplicantName: "Carol", Inviter: "bob",
		InviterRole: group.Member, Explicit: true, Message: "please", UserDefinedField: "x", State: group.AdminPending,
		CreatedAt: 1, UpdatedAt: 2, ExpiresAt: 604_800_002, Authentication: "secret", MsgKey: "key", NeededApproval: true,
	}
}

// goldenFrames are the frames of each sort, by name.
func goldenFrames() map[string]*Frame {
	of := func(f group.Frame, inboxSeq uint64) *Frame { return FrameOf("harbour", 7, false, f, inboxSeq) }
	return map[string]*Frame{
		"message": of(numbered("bob", &group.Sent{Sender: bob, Random: 99, Elements: []group.Element{
			{Type: group.ElementText, Text: "ahoy"}, {Type: group.ElementFace, Index: 3, Data: "smile"},
			{Type: group.ElementCustom, Data: "{}", Desc: "d", Ext: "e"},
		}}), 0),
		"tip1_joined": of(numbered("bob", &group.Joined{Method: group.JoinSelf, Count: 1, Users: []group.Entrant{{Card: bob}}}), 0),
		"tip1_folded": of(numbered("", &group.Joined{Method: group.JoinSelf, Count: 250, Folded: true,
			Users: []group.Entrant{{Card: alice}, {Card: bob}}}), 0),
		"tip2_left":          of(numbered("bob", &group.Left{Users: []group.Card{bob}, Reason: group.LeaveOwnWill, Count: 1}), 0),
		"tip3_kicked":        of(numbered("alice", &group.Kicked{Users: []group.Card{bob}, Reason: "spam"}), 0),
		"tip4_admin_set":     of(numbered("alice", &group.RoleChanged{User: withRole(bob, group.Admin), From: group.Member}), 0),
		"tip5_admin_unset":   of(numbered("alice", &group.RoleChanged{User: bob, From: group.Admin}), 0),
		"tip5_admin_to_role": of(numbered("alice", &group.RoleChanged{User: withRole(bob, 5), From: group.Admin}), 0),
		"tip7_custom_role":   of(numbered("alice", &group.RoleChanged{User: withRole(bob, 5), From: group.Member}), 0),
		"tip6_changed": of(numbered("alice", &group.InfoChanged{Changes: []group.Change{
			{Field: group.FieldName, Value: "Pier"}, {Field: group.FieldIntroduction}, {Field: group.FieldMaxMembers, Value: "20"},
			{Field: group.FieldMuteAll, Value: "true"}, {Field: group.FieldJoinOption, Value: "closed"},
			{Field: group.FieldCustomFields, Fields: []group.CustomField{{Key: "k", Value: ptr("v")}, {Key: "gone"}}},
		}}), 0),
		"tip6_owner": of(numbered("", &group.InfoChanged{Owner: bob, OldOwner: "alice",
			Changes: []group.Change{{Field: group.FieldOwner, Value: "bob"}}}), 0),
		"tip7_muted":     of(numbered("alice", &group.MembersMuted{Users: []group.MutedUser{{User: "bob", Until: 5, Seconds: 60}, {User: "carol"}}}), 0),
		"tip7_name_card": of(numbered("bob", &group.MemberChanged{User: "bob", NameCard: ptr("")}), 0),
		"notice1": of(&group.Notice{Type: group.NoticeJoinRequest, Operator: "carol", Inviter: "bob", GroupName: "Harbour",
			Remark: "please", Time: 3, Random: 4, MsgKey: "key", Authentication: "secret", UserDefinedField: "x", Application: 4711}, 17),
		"notice7": of(&group.Notice{Type: group.NoticeInvited, Operator: "bob", GroupName: "Harbour", Time: 3, Random: 4,
			NeedsConsent: ptr(false), Users: []group.UserID{"carol"}}, 18),
		"notice8": of(&group.Notice{Type: group.NoticeQuit, Operator: "bob", GroupName: "Harbour", Time: 3}, 19),
		"notice255_guest": of(&group.Notice{Type: group.NoticeCustom, Operator: "root", GroupName: "Harbour", Time: 3,
			Content: []byte{0, 255}}, 0),
		"application_added":    of(&group.ApplicationChange{Added: true, Record: sampleRecord(), Direction: group.ApplicationReceived}, 0),
		"application_updated":  of(&group.ApplicationChange{Record: sampleRecord(), Direction: group.InvitationSent}, 0),
		"group_modes_changed":  of(&group.ModesChanged{Operator: "alice", Modes: group.Modes{JoinOption: 1, InviteMode: 2, InviteeConsent: 2, InviteApproval: 1}}, 0),
		"group_muted":          of(&group.GroupMuted{Operator: "alice", Mute: group.Mute{Mode: group.MuteRoles, Roles: []group.Role{3, 5}, ExpiresAt: -1}}, 0),
		"group_unmuted":        of(&group.GroupMuted{Operator: "", Mute: group.Mute{}}, 0),
		"conversation_changed": of(&group.ConversationChanged{Disabled: true, Remind: group.AcceptNotify}, 0),
		"kicked_offline":       KickedOffline(KickedAnotherDevice),
		"lagging":              Lagging(true, []group.ID{"harbour", "pier"}),
		"level_changed":        LevelChanged(LevelPull, ReasonFull),
		"error":                AnswerFrame(ErrorAnswer("r1", ErrorFrom(&group.Rejection{Code: group.CodeMuted, MuteScope: "member", Until: 5}))),
		"done":                 AnswerFrame(DoneAnswer("r1")),
	}
}

func withRole(c group.Card, r group.Role) group.Card {
	c.Role = r
	return c
}

// TestGoldenFrames holds both encodings of every sort of frame fast: clients
// of all ages must go on understanding them.
func TestGoldenFrames(t *testing.T) {
	for name, f := range goldenFrames() {
		t.Run(name, func(t *testing.T) {
			text := openFrame(t, JSON, f.Bytes(JSON))
			got := fmt.Sprintf("class %d stream %d seq %d subject %q discardable %v\n%s\n%s",
				f.Class, f.Stream, f.Seq, f.Subject, f.Discardable, text, hex.Dump(openFrame(t, Binary, f.Bytes(Binary))))
			golden(t, name, got)
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name+".txt")
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// TestGoldenFilesAreAllUsed: a frame that is gone leaves no file behind.
func TestGoldenFilesAreAllUsed(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "golden", "*.txt"))
	require.NoError(t, err)
	frames := goldenFrames()
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		_, isAnswer := goldenAnswers()[name]
		require.True(t, frames[name] != nil || isAnswer, file)
	}
}
