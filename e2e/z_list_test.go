package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// groupsFound are the ids of the groups that a search found.
func groupsFound(r *troupev1.SearchJoinedGroupsResult) []string {
	var ids []string
	for _, g := range r.GetGroups() {
		ids = append(ids, g.GetGroup().GetGroupId())
	}
	return ids
}

func (p *peer) search(op *troupev1.SearchJoinedGroups) *troupev1.SearchJoinedGroupsResult {
	p.t.Helper()
	return p.ok(op).GetSearchJoinedGroups()
}

func TestZIMGroupList(t *testing.T) {
	t.Parallel()
	t.Run("Z-062", func(t *testing.T) {
		w := newWorld(t)
		p := w.users("olga", "ned", "out")
		olga, ned := p[0], p[1]
		for i := range 4 {
			w.advance(time.Second)
			op := zimGroup(fmt.Sprint("g", i))
			op.Name, op.Avatar = fmt.Sprint("group ", i), fmt.Sprint("avatar ", i)
			olga.createWith(op)
			if i > 0 {
				ned.ok(&troupev1.JoinGroup{GroupId: op.GroupId})
			}
		}
		ned.ok(&troupev1.LeaveGroup{GroupId: "g2"})
		list := ned.ok(&troupev1.ListJoinedGroups{}).GetListJoinedGroups()
		require.Len(t, list.GetGroups(), 2)
		for i, n := range []int{1, 3} {
			g := list.GetGroups()[i]
			require.Equal(t, fmt.Sprint("g", n), g.GetGroupId())
			require.Equal(t, fmt.Sprint("group ", n), g.GetName())
			require.Equal(t, fmt.Sprint("avatar ", n), g.GetAvatar())
		}
		require.Len(t, olga.ok(&troupev1.ListJoinedGroups{}).GetListJoinedGroups().GetGroups(), 4)
		require.Empty(t, p[2].ok(&troupev1.ListJoinedGroups{}).GetListJoinedGroups().GetGroups())
	})
}

func TestZIMSearch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.users("olga", "ned", "nell", "out")
	olga, ned, nell, out := p[0], p[1], p[2], p[3]
	for i, name := range []string{"Red boats at sea", "Blue boats", "red kites", "Boats, all red", "gardens"} {
		w.advance(time.Second)
		op := zimGroup(fmt.Sprint("g", i))
		op.Name = name
		olga.createWith(op, "ned", "nell")
	}
	foreign := zimGroup("foreign")
	foreign.Name = "red boats of others"
	out.createWith(foreign)

	t.Run("Z-063", func(t *testing.T) {
		r := ned.search(&troupev1.SearchJoinedGroups{Keywords: []string{"BOATS"}})
		require.Equal(t, []string{"g0", "g1", "g3"}, groupsFound(r))
		require.Equal(t, "Red boats at sea", r.GetGroups()[0].GetGroup().GetName())
		require.NotNil(t, r.NextCursor)
		require.Empty(t, r.GetNextCursor())
		require.Empty(t, groupsFound(ned.search(&troupev1.SearchJoinedGroups{Keywords: []string{"submarine"}})))
		require.Equal(t, []string{"foreign"}, groupsFound(out.search(&troupev1.SearchJoinedGroups{Keywords: []string{"boats"}})))
	})
	t.Run("Z-064", func(t *testing.T) {
		require.Equal(t, []string{"g0", "g3"}, groupsFound(ned.search(&troupev1.SearchJoinedGroups{Keywords: []string{"red", "boats"}})))
		require.Equal(t, []string{"g0"}, groupsFound(ned.search(&troupev1.SearchJoinedGroups{Keywords: []string{"red", "boats", "at", "sea", "s"}})))
		refusedQuietly(ned, 10004, &troupev1.SearchJoinedGroups{Keywords: []string{"red", "boats", "at", "sea", "s", "e"}}, &troupev1.SearchJoinedGroups{})
	})
	t.Run("Z-066", func(t *testing.T) {
		nell.ok(&troupev1.SetNameCard{GroupId: "g4", NameCard: "Nelly of the Boats"})
		forget(p...)
		byName := &troupev1.SearchJoinedGroups{Keywords: []string{"boats", "nelly"}}
		require.Empty(t, groupsFound(ned.search(byName)))
		byName.MatchNameCard = true
		r := ned.search(byName)
		require.Equal(t, []string{"g4"}, groupsFound(r))
		require.Len(t, r.GetGroups()[0].GetMembers(), 1)
		require.Equal(t, "nell", first(t, first(t, r.GetGroups()).GetMembers()).GetUserId())
		require.Equal(t, "Nelly of the Boats", first(t, first(t, r.GetGroups()).GetMembers()).GetNameCard())
		require.Equal(t, []string{"g0", "g1", "g3", "g4"},
			groupsFound(ned.search(&troupev1.SearchJoinedGroups{Keywords: []string{"boats"}, MatchNameCard: true})))
		require.Empty(t, groupsFound(out.search(byName)))
	})
	t.Run("Z-067", func(t *testing.T) {
		count := uint32(2)
		page := &troupev1.SearchJoinedGroups{Keywords: []string{"s"}, Count: &count, Cursor: "0"}
		var pages [][]string
		for range 3 {
			r := ned.search(page)
			pages = append(pages, groupsFound(r))
			page.Cursor = r.GetNextCursor()
			if page.Cursor != "" {
				require.Regexp(t, "^[1-9][0-9]*$", page.Cursor, "it is to fit in nextFlag")
			}
		}
		require.Equal(t, [][]string{{"g0", "g1"}, {"g2", "g3"}, {"g4"}}, pages)
		require.Empty(t, page.Cursor)
		for _, n := range []uint32{0, 101} {
			refusedQuietly(ned, 10004, &troupev1.SearchJoinedGroups{Keywords: []string{"s"}, Count: &n})
		}
		refusedQuietly(ned, 11026, &troupev1.SearchJoinedGroups{Keywords: []string{"s"}, Cursor: "far"})
	})
}

// summary is what one sees of records: direction, group and who enters.
func summary(list []*troupev1.Application) []string {
	var lines []string
	for _, a := range list {
		lines = append(lines, fmt.Sprintf("%d %s %s<%s", a.GetDirection(), a.GetGroupId(), a.GetApplicantId(), a.GetInviterId()))
	}
	return lines
}

func TestZIMApplicationList(t *testing.T) {
	t.Parallel()
	t.Run("Z-081", func(t *testing.T) {
		z := newApprovedZIM(t)
		var filed []string
		for i := range 5 {
			op := zimGroup(fmt.Sprint("g", i))
			op.JoinOption = zimApproval
			z.found(op)
			w := z.w
			w.advance(time.Second)
			z.applies()
			filed = append(filed, op.GroupId)
		}
		count := uint32(2)
		page := &troupev1.ListApplications{Count: &count, Cursor: "0", Order: troupev1.Order_ORDER_OLDEST}
		var read []string
		for _, size := range []int{2, 2, 1} {
			r := z.ned.records(page)
			require.Len(t, r.GetApplications(), size)
			for _, a := range r.GetApplications() {
				read = append(read, a.GetGroupId())
			}
			page.Cursor = r.GetNextCursor()
			if page.Cursor != "" {
				require.Regexp(t, "^[1-9][0-9]*$", page.Cursor, "it is to fit in nextFlag")
			}
		}
		require.Empty(t, page.Cursor)
		require.Equal(t, filed, read)
		for _, n := range []uint32{0, 201} {
			refusedQuietly(z.ned, 10004, &troupev1.ListApplications{Count: &n})
		}
		count = 200
		require.Len(t, z.ned.records(&troupev1.ListApplications{Count: &count}).GetApplications(), 5)
		refusedQuietly(z.ned, 11026, &troupev1.ListApplications{Cursor: "next"})
	})

	z := newApprovedZIM(t)
	z.applies()
	asking := zimGroup("asking")
	asking.InviteeConsent = zimAsked
	z.found(asking)
	z.invited(z.owner)
	z.invited(z.member)
	list := func(p *peer) []string {
		t.Helper()
		return summary(p.records(&troupev1.ListApplications{Order: troupev1.Order_ORDER_OLDEST}).GetApplications())
	}
	t.Run("Z-082", func(t *testing.T) {
		require.Equal(t, []string{"1 g ned<", "3 asking ned<olga", "3 asking ned<mike"}, list(z.ned))
		require.Equal(t, []string{"2 asking ned<mike"}, list(z.member), "nothing of others")
		require.Empty(t, list(z.out))
	})
	t.Run("Z-083", func(t *testing.T) {
		require.Equal(t, []string{"4 g ned<", "2 asking ned<olga"}, list(z.owner))
		require.Equal(t, []string{"4 g ned<"}, list(z.admin))
		z.owner.ok(&troupev1.SetMemberRole{GroupId: "g", UserId: "adam", Role: troupev1.Role_ROLE_MEMBER})
		require.Empty(t, list(z.admin))
	})
}
