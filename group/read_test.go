package group_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

func TestGetProfile(t *testing.T) {
	given := []string{"ann create kind=public members=bob field.a=1", "ann mute_group ordinary seconds=60"}
	w := newWorld(t)
	for _, line := range given {
		w.run(line)
	}
	full := w.must("bob", group.GetProfile{}).Result.Group
	require.Equal(t, group.MuteOrdinary, full.Settings.Mute.Mode)
	require.Len(t, full.Settings.CustomFields, 1)
	require.Equal(t, group.Member, full.Self.Role)
	require.Equal(t, group.Seq(1), full.Self.VisibleFrom)
	outside := w.must("eve", group.GetProfile{}).Result.Group
	want := *full
	want.Public, want.Self = true, nil
	want.Settings.CustomFields = nil
	want.Settings.Mute = group.Mute{Mode: group.MuteOrdinary}
	require.Empty(t, cmp.Diff(&want, outside))
	require.Empty(t, cmp.Diff(outside, w.must("bob", group.GetProfile{Search: true}).Result.Group))
	runRefusals(t, []string{"ann create kind=work"}, []refusal{{"eve profile", "group_not_searchable"}, {"ann profile search", "group_not_searchable"}})
}

func TestListMembers(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=community")
	all := append([]group.UserID{"ann"}, users("u", 400)...)
	for _, u := range all[1:] {
		w.must(u, group.Join{})
	}
	list := func(c group.ListMembers) ([]group.UserID, string) {
		d := w.must("ann", c)
		require.Equal(t, uint32(w.m.MemberCount()), d.Result.Total)
		var out []group.UserID
		for _, m := range d.Result.Members {
			out = append(out, m.User)
		}
		return out, d.Result.NextCursor
	}
	got, _ := list(group.ListMembers{Offset: 150, Limit: 3})
	require.Equal(t, all[150:153], got)
	got, _ = list(group.ListMembers{Limit: 1000})
	require.Equal(t, all[:100], got, "more is cut")
	got, cursor := list(group.ListMembers{Offset: 398, Limit: 100})
	require.Equal(t, all[398:], got)
	require.Empty(t, cursor)
	got, cursor = list(group.ListMembers{Offset: 401, Limit: 100})
	require.Empty(t, got)
	require.Empty(t, cursor)
	_, cursor = list(group.ListMembers{Offset: 391, Limit: 10})
	require.Empty(t, cursor, "the end is known without another page")

	// A cursor stays good while members leave, that of the cursor included.
	got, cursor = list(group.ListMembers{Cursor: "0", Limit: 100})
	require.Equal(t, all[:100], got)
	for _, i := range []int{0, 50, 98, 99, 100, 101, 103} {
		if all[i] != "ann" {
			w.must(all[i], group.Leave{})
		}
	}
	got, _ = list(group.ListMembers{Cursor: cursor, Limit: 2})
	require.Equal(t, []group.UserID{all[102], all[104]}, got)

	w.run("ann role u200 to=admin")
	got, _ = list(group.ListMembers{Role: group.Admin, Limit: 10})
	require.Equal(t, []group.UserID{"u200"}, got)
	got, _ = list(group.ListMembers{Role: group.Member, Offset: 1, Limit: 1})
	require.Equal(t, []group.UserID{"u1"}, got)
	got, cursor = list(group.ListMembers{Role: 77, Limit: 10})
	require.Empty(t, got)
	require.Empty(t, cursor)
	runRefusals(t, []string{"ann create kind=work"}, []refusal{
		{"ann list offset=-1", "invalid_parameter field=offset"},
		{"ann list limit=-1", "invalid_parameter field=limit"},
		{"ann list cursor=!", "invalid_cursor"},
		{"ann list cursor=zzz", "invalid_cursor"},
		{"eve list", "not_member"},
		{"eve get ann", "not_member"},
	})
}

func TestGetMembers(t *testing.T) {
	w := newWorld(t)
	w.run("ann create kind=community")
	for _, u := range users("u", 60) {
		w.must(u, group.Join{})
	}
	d := w.must("root", group.GetMembers{Users: append([]group.UserID{"eve", "u1", "u1"}, users("u", 60)...)})
	require.Len(t, d.Result.Members, 49, "only the first fifty are looked up, one of them is no member")
	require.Equal(t, group.UserID("u1"), d.Result.Members[0].User)
}

// TestVisibility is row 17 and spec 19.17 (e).
func TestVisibility(t *testing.T) {
	cases := []struct {
		name  string
		given []string
		by    group.UserID
		want  group.Visibility
	}{
		{"hidden: from the tip of joining", []string{"ann create kind=work", "ann send a", "ann invite bob", "ann send b"}, "bob", group.Visibility{Stored: true, Member: true, From: 2, To: 3}},
		{"hidden: the latest joining counts", []string{"ann create kind=work members=bob", "ann send a", "bob leave", "ann send b", "ann invite bob"}, "bob", group.Visibility{Stored: true, Member: true, From: 5, To: 5}},
		{"hidden: the owner from the start", []string{"ann create kind=work members=bob", "ann send a"}, "ann", group.Visibility{Stored: true, Member: true, From: 1, To: 2}},
		{
			"hidden, unwatched: after what was newest",
			[]string{"policy member_change_notices work off", "ann create kind=work", "ann send a", "ann invite bob", "ann send b"},
			"bob", group.Visibility{Stored: true, Member: true, From: 2, To: 2},
		},
		{"shown", []string{"ann create kind=meeting", "ann send a", "bob join"}, "bob", group.Visibility{Stored: true, Member: true, From: 1, To: 2}},
		{"an app_admin", []string{"ann create kind=work", "ann send a"}, "root", group.Visibility{Stored: true, Member: true, From: 1, To: 1}},
		{"an outsider", []string{"ann create kind=meeting"}, "eve", group.Visibility{Stored: true}},
		{"no history", []string{"ann create kind=livestream", "bob join"}, "bob", group.Visibility{Member: true, From: 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			for _, line := range c.given {
				require.NotContains(t, w.run(line), "rejected", line)
			}
			got := *w.must(c.by, group.GetHistory{}).Result.History
			if !got.Stored {
				got.From, c.want.From = 0, 0
			}
			require.Equal(t, c.want, got)
		})
	}
}
