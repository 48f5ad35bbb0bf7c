package group_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

// TestTable holds the presets to the golden table, which is spec 4.
func TestTable(t *testing.T) {
	const file = "testdata/policies.txt"
	var b strings.Builder
	line := func(number, key string, cells []string) {
		out := fmt.Sprintf("%-3s%-23s", number, key)
		for _, c := range cells {
			out += fmt.Sprintf("%-23s", c)
		}
		b.WriteString(strings.TrimRight(out, " ") + "\n")
	}
	var kinds []string
	for _, k := range group.Kinds {
		kinds = append(kinds, k.String())
	}
	line("", "", kinds)
	for _, row := range group.DefaultTable().Rows() {
		line(fmt.Sprint(row.Number), row.Key, row.Cells[:])
	}
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), b.String())
}

func TestRowsAreComplete(t *testing.T) {
	rows := group.DefaultTable().Rows()
	require.Len(t, rows, 43)
	for i, row := range rows {
		require.Equal(t, i+1, row.Number)
		require.NotEmpty(t, row.Values)
	}
}

// TestOverrideReadsWhatRowsShow: every cell can be set to what it is, or says
// why it cannot be set at all.
func TestOverrideReadsWhatRowsShow(t *testing.T) {
	table := group.DefaultTable()
	before := table.Rows()
	settled := 0
	for _, row := range before {
		for i, cell := range row.Cells {
			if err := table.Override(group.Kinds[i], row.Key, cell); err != nil {
				var wrong *group.OverrideError
				require.ErrorAs(t, err, &wrong)
				require.NotContains(t, wrong.Reason, "the values are", "%v", err)
				settled++
			}
		}
	}
	require.Equal(t, before, table.Rows())
	require.Less(t, settled, 80)
}

func TestOverride(t *testing.T) {
	table := group.DefaultTable()
	set := func(kind group.Kind, key, value string) {
		t.Helper()
		require.NoError(t, table.Override(kind, key, value))
	}
	set(group.Work, "join_option", "free")
	require.Equal(t, group.Free, table.Of(group.Work).JoinOption)
	require.True(t, table.Of(group.Work).JoinOptionFixed, "as it was")
	set(group.Work, "join_option", "admin_approval, group")
	require.False(t, table.Of(group.Work).JoinOptionFixed)
	set(group.Public, "invite_mode", "admins")
	set(group.Public, "max_members", "100 / 200")
	require.Equal(t, uint32(100), table.Of(group.Public).MaxMembersDefault)
	require.Equal(t, uint32(200), table.Of(group.Public).MaxMembersCeiling)
	set(group.Public, "max_members", "300")
	require.Equal(t, uint32(300), table.Of(group.Public).MaxMembersCeiling)
	set(group.Public, "max_members", "unlimited")
	require.Zero(t, table.Of(group.Public).MaxMembersCeiling)
	set(group.Public, "recycle_after", "30")
	set(group.Public, "recycle_after", "off")
	set(group.Livestream, "room_budget", "100/65536")
	require.Equal(t, group.RoomBudget{Messages: 100, Bytes: 65536}, table.Of(group.Livestream).RoomBudget)
	set(group.Custom, "searchable", "no")
	require.False(t, table.Of(group.Custom).Searchable)
	require.True(t, table.Of(group.Public).Searchable)
}

func TestOverrideRefused(t *testing.T) {
	table := group.DefaultTable()
	before := table.Rows()
	for _, c := range []struct {
		kind       group.Kind
		key, value string
		reason     string
	}{
		{9, "searchable", "yes", "no such kind"},
		{group.Work, "serchable", "yes", "no such row"},
		{group.Work, "searchable", "true", "the values are: yes, no"},
		{group.Work, "join_option", "", "the values are"},
		{group.Work, "join_option", "open", "the values are"},
		{group.Work, "join_option", "free, perhaps", "the values are"},
		{group.Work, "max_members", "200 / 100", "the values are"},
		{group.Work, "max_members", "0", "the values are"},
		{group.Work, "name_max", "0", "the values are"},
		{group.Work, "name_max", "-1", "the values are"},
		{group.Work, "kick_by", "any_member", "the values are"},
		{group.Work, "member_change_notices", "batched", "the values are"},
		{group.Livestream, "member_change_notices", "off", "not switchable"},
		{group.Livestream, "profile_change_notices", "off", "not switchable"},
		{group.Livestream, "edit_window", "900", "not switchable"},
		{group.Livestream, "invite_mode", "any_member", "presence"},
		{group.Livestream, "history", "stored", "belongs to the kind"},
		{group.Work, "membership", "connected", "belongs to the kind"},
		{group.Work, "counters", "yes", "only livestreams"},
		{group.Work, "room_budget", "1/1", "only livestreams"},
		{group.Livestream, "room_budget", "5", "the values are"},
	} {
		err := table.Override(c.kind, c.key, c.value)
		require.ErrorContains(t, err, c.reason, "%s %s %s", c.kind, c.key, c.value)
		require.ErrorContains(t, err, c.key)
	}
	require.Equal(t, before, table.Rows(), "nothing was half set")
}

// TestEveryAxisDecides: a row that decides in the core changes what comes of
// some story when it is turned.
func TestEveryAxisDecides(t *testing.T) {
	stories := map[string]struct {
		kind, value string
		lines       []string
	}{
		"join_option":            {"public", "free", []string{"ann create kind=public", "eve join"}},
		"invite_mode":            {"public", "any_member", []string{"ann create kind=public", "ann invite eve"}},
		"invitee_consent":        {"custom", "required", []string{"ann create kind=custom", "ann invite eve"}},
		"invite_approval":        {"custom", "bypass", []string{"ann create kind=custom members=bob join_option=admin_approval", "bob invite eve"}},
		"owner_leave":            {"public", "ownerless", []string{"ann create kind=public members=bob", "ann leave"}},
		"on_empty":               {"work", "keep", []string{"ann create kind=work", "ann leave"}},
		"dismiss_by":             {"work", "owner", []string{"ann create kind=work", "ann dismiss"}},
		"searchable":             {"work", "yes", []string{"ann create kind=work", "eve profile"}},
		"transferable":           {"public", "no", []string{"ann create kind=public members=bob", "ann transfer bob"}},
		"member_mute":            {"work", "yes", []string{"ann create kind=work members=bob", "ann mute bob seconds=1"}},
		"group_mute":             {"work", "yes", []string{"ann create kind=work", "ann mute_group all"}},
		"initial_members":        {"work", "1", []string{"ann create kind=work members=bob,cat"}},
		"max_members":            {"meeting", "1", []string{"ann create kind=meeting", "bob join"}},
		"history_before_join":    {"work", "yes", []string{"ann create kind=work", "ann send hi", "ann invite bob", "bob history"}},
		"member_change_notices":  {"meeting", "off", []string{"ann create kind=meeting", "bob join"}},
		"profile_change_notices": {"meeting", "off", []string{"ann create kind=meeting", "ann update name=x"}},
		"guests":                 {"livestream", "no", []string{"ann create kind=livestream", "server guest_enter"}},
		"kick_by":                {"public", "owner", []string{"ann create kind=public members=bob:admin,cat", "bob kick cat"}},
		"edit_info_by":           {"public", "any_member", []string{"ann create kind=public members=bob", "bob update name=x"}},
		"remind_types":           {"public", "no", []string{"ann create kind=public", "ann remind type=discard"}},
		"name_max":               {"public", "3", []string{"ann create kind=public"}},
		"avatar_max":             {"public", "3", []string{"ann create kind=public avatar=four"}},
		"custom_roles":           {"public", "yes", []string{"ann create kind=public members=bob", "ann role bob to=4"}},
		"recycle_after":          {"public", "1", []string{"ann create kind=public", "wait 1d", "server tick"}},
	}
	for key, s := range stories {
		t.Run(key, func(t *testing.T) {
			play := func(w *world) (out string) {
				for _, line := range s.lines {
					out += w.run(line)
				}
				return out
			}
			usual := newWorld(t)
			turned := newWorld(t)
			turned.run(fmt.Sprintf("policy %s %s %q", key, s.kind, s.value))
			require.NotEqual(t, play(usual), play(turned))
		})
	}
}

func TestExplain(t *testing.T) {
	table := group.DefaultTable()
	operations := group.Operations()
	require.Greater(t, len(operations), 25)
	for _, kind := range group.Kinds {
		for _, operation := range operations {
			lines, err := table.Explain(kind, operation)
			require.NoError(t, err)
			require.NotEmpty(t, lines)
			for _, line := range lines {
				require.Regexp(t, `[.]$`, line, "%s %s", kind, operation)
				require.NotContains(t, line, "%!")
			}
		}
	}
	var unknown *group.ExplainError
	_, err := table.Explain(group.Work, "fly")
	require.ErrorAs(t, err, &unknown)
	_, err = table.Explain(7, "join_group")
	require.ErrorAs(t, err, &unknown)

	lines, err := table.Explain(group.Work, "join_group")
	require.NoError(t, err)
	require.Equal(t, []string{
		"Nobody may join by itself (join_closed); members are invited (join_option closed, fixed).",
		"A group takes at most 6000 members (max_members).",
	}, lines)
	require.NoError(t, table.Override(group.Work, "join_option", "owner_approval, group"))
	lines, _ = table.Explain(group.Work, "join_group")
	require.Equal(t, "Joining files an application for the owner (join_option owner_approval, unless the group chose otherwise).", lines[0])
}
