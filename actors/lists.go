package actors

import (
	"errors"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

func asError(err error, e **protocol.Error) bool { return errors.As(err, e) }

// joined is one group of a user's list.
type joined struct {
	member  persistence.MemberRow
	profile group.Profile
	last    *group.Event // the newest message
	unread  uint32
}

// listJoinedGroups pages through the caller's groups in order of joining.
func (s *session) listJoinedGroups(req *troupev1.Request, asAppAdmin *bool) (*troupev1.Answer, error) {
	m := req.GetListJoinedGroups()
	user := s.user
	if other := group.UserID(m.GetUserId()); other != "" && other != user {
		if *asAppAdmin = true; !s.appAdmin {
			return nil, protocol.NewError(group.CodePermissionDenied)
		}
		user = other
	}
	offset := int(m.GetOffset())
	if m.GetCursor() != "" {
		n, e := protocol.ParseCursor(m.GetCursor())
		if e != nil {
			return nil, e
		}
		offset = int(min(n, 1<<30))
	}
	res := &troupev1.ListJoinedGroupsResult{NextCursor: proto.String("")}
	err := s.sys.journal.View(func(tx persistence.Tx) error {
		list, err := s.sys.joinedGroups(tx, user, group.Kind(m.GetKind()))
		if err != nil {
			return err
		}
		res.Total = proto.Uint32(uint32(len(list)))
		list = list[min(offset, len(list)):]
		if n := int(m.GetLimit()); n > 0 && n < len(list) {
			list = list[:n]
			res.NextCursor = proto.String(protocol.FormatCursor(uint64(offset + n)))
		}
		fields := protocol.JoinedGroupFields(m.GetFields())
		for i := range list {
			if err := s.sys.complete(tx, user, &list[i], fields); err != nil {
				return err
			}
			res.Groups = append(res.Groups, list[i].wire(fields))
		}
		return nil
	})
	return &troupev1.Answer{Result: &troupev1.Answer_ListJoinedGroups{ListJoinedGroups: res}}, err
}

// joinedGroups lists a user's groups by row 14 of the policy, in order of joining.
func (s *System) joinedGroups(tx persistence.Tx, user group.UserID, kind group.Kind) ([]joined, error) {
	var list []joined
	err := persistence.JoinedGroups(tx, user, func(row *persistence.MemberRow, g *persistence.GroupRow) bool {
		if (kind == 0 || g.Kind == kind) && s.listed(g) {
			list = append(list, joined{member: *row, profile: profileOf(g)})
		}
		return true
	})
	slices.SortStableFunc(list, func(a, b joined) int {
		if a.member.JoinTime != b.member.JoinTime {
			return int(a.member.JoinTime - b.member.JoinTime)
		}
		return int(int64(a.member.Stream) - int64(b.member.Stream))
	})
	return list, err
}

// listed is row 14 of the policy.
func (s *System) listed(g *persistence.GroupRow) bool {
	switch s.table.Of(g.Kind).InJoinedList {
	case group.ListedNo:
		return false
	case group.ListedUnlessTopics:
		return !g.Settings.Topics
	}
	return true
}

func profileOf(g *persistence.GroupRow) group.Profile {
	return group.Profile{
		Group: g.Group, Kind: g.Kind, Settings: g.Settings, Owner: g.Owner,
		CreateTime: g.CreateTime, LastInfoTime: g.LastInfoTime, MemberCount: g.MemberCount,
	}
}

// complete reads what every message changes: next number, last message, unread.
func (s *System) complete(tx persistence.Tx, user group.UserID, j *joined, fields []string) error {
	row := &j.member
	head := tx.Head(row.Stream).Seq
	j.profile.NextSeq = head + 1
	j.profile.Self = &group.MemberProfile{
		User: user, Role: row.Role, JoinTime: row.JoinTime, NameCard: row.NameCard, Remind: row.Remind, JoinSeq: row.JoinSeq,
	}
	last, err := lastMessage(tx, row.Stream, head, max(row.VisibleFrom, 1))
	if err != nil {
		return err
	}
	if last != nil {
		j.last = last
		j.profile.LastMessage = last.Time
	}
	if row.Remind != group.Discard && slices.Contains(fields, "self") {
		j.unread = s.unread(tx, user, row, head)
	}
	return nil
}

// lastMessage finds the newest message, passing over tips.
func lastMessage(tx persistence.Tx, s group.StreamID, head, from group.Seq) (*group.Event, error) {
	var found *group.Event
	var bad error
	err := tx.Range(s, from, head, true, func(e persistence.Entry) bool {
		event, err := persistence.DecodeEvent(e.Data)
		if err != nil {
			bad = err
			return false
		}
		if _, message := event.Body.(*group.Sent); message {
			found = event
			return false
		}
		// A message's ordinal is that of the tips after it: none below means none.
		return event.Ordinal > 0
	})
	if err == nil {
		err = bad
	}
	return found, err
}

// unread is the formula of spec 19.17 (b) with the mark where joining put it;
// recalled are the messages of users who were deleted with them.
func (s *System) unread(tx persistence.Tx, user group.UserID, row *persistence.MemberRow, head group.Seq) uint32 {
	ordinal := uint64(0)
	_ = tx.Range(row.Stream, head, head, false, func(e persistence.Entry) bool {
		if h, err := persistence.DecodeHeader(e.Data); err == nil {
			ordinal = h.Ordinal
		}
		return false
	})
	own := persistence.SentCount(tx, row, user)
	if own >= row.JoinSent {
		own -= row.JoinSent
	}
	if s.deletions.some.Load() {
		own += persistence.CountErased(tx, row.Stream, row.JoinSeq, head)
	}
	if ordinal < row.JoinOrdinal+own {
		return 0
	}
	return uint32(ordinal - row.JoinOrdinal - own)
}

func (j *joined) wire(fields []string) *troupev1.GroupProfile {
	p := protocol.GroupProfile(&j.profile, fields)
	if p.Self != nil {
		p.Self.Unread = proto.Uint32(j.unread)
	}
	if j.last != nil && slices.Contains(fields, "last_message") {
		p.LastMessage = protocol.EventOfNumbered(j.profile.Group, j.last)
		p.LastMessageTime = proto.Int64(int64(j.profile.LastMessage))
	}
	return p
}

// searchJoinedGroups finds the caller's groups by name and, if asked, by the
// names of members (spec 6.11).
func (s *session) searchJoinedGroups(req *troupev1.Request) (*troupev1.Answer, error) {
	m := req.GetSearchJoinedGroups()
	after, count, e := pageOf(m.GetCursor(), m.Count, 100)
	if e != nil {
		return nil, e
	}
	var words []string
	for _, w := range m.GetKeywords() {
		words = append(words, strings.ToLower(w))
	}
	var list []joined
	if err := s.sys.journal.View(func(tx persistence.Tx) error {
		var err error
		list, err = s.sys.joinedGroups(tx, s.user, 0)
		return err
	}); err != nil {
		return nil, err
	}
	res := &troupev1.SearchJoinedGroupsResult{NextCursor: proto.String("")}
	for i := int(min(after, uint64(len(list)))); i < len(list); i++ {
		found, err := s.matches(&list[i], words, m)
		if err != nil {
			return nil, err
		}
		if found == nil {
			continue
		}
		res.Groups = append(res.Groups, found)
		if len(res.Groups) == count && i+1 < len(list) {
			res.NextCursor = proto.String(protocol.FormatCursor(uint64(i + 1)))
			break
		}
	}
	return &troupev1.Answer{Result: &troupev1.Answer_SearchJoinedGroups{SearchJoinedGroups: res}}, nil
}

func holdsAll(text string, words []string) bool {
	text = strings.ToLower(text)
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// matches judges one group, reading its members only if they are asked for.
func (s *session) matches(j *joined, words []string, m *troupev1.SearchJoinedGroups) (*troupev1.FoundGroup, error) {
	hit := holdsAll(j.profile.Settings.Name, words)
	found := &troupev1.FoundGroup{Group: protocol.GroupProfile(&j.profile, nil)}
	if m.GetMatchUserName() || m.GetMatchNameCard() {
		for offset := 0; ; {
			page, total, err := s.membersOf(j.profile.Group, offset)
			if err != nil {
				return nil, err
			}
			for i := range page {
				p := &page[i]
				if (m.GetMatchUserName() && p.Name != "" && holdsAll(p.Name, words)) ||
					(m.GetMatchNameCard() && p.NameCard != "" && holdsAll(p.NameCard, words)) {
					found.Members = append(found.Members, protocol.MemberProfile(p, nil, nil))
				}
			}
			offset += len(page)
			if len(page) == 0 || offset >= total {
				break
			}
		}
	}
	if !hit && len(found.Members) == 0 {
		return nil, nil
	}
	return found, nil
}

// membersOf asks a group's actor for a page of members and waits; for readers.
func (s *session) membersOf(id group.ID, offset int) ([]group.MemberProfile, int, error) {
	type page struct {
		list  []group.MemberProfile
		total int
		err   *protocol.Error
	}
	done := make(chan page, 1)
	s.sys.directory.send(&call{group: id,
		input: group.Input{Caller: s.caller(), Command: group.ListMembers{Offset: offset, Limit: 100}},
		then: func(res *group.Result, e *protocol.Error) {
			if e != nil {
				done <- page{err: e}
				return
			}
			done <- page{list: res.Members, total: int(res.Total)}
		}})
	p := <-done
	if p.err != nil {
		if p.err.Code == group.CodeNotMember || p.err.Code == group.CodeGroupNotFound {
			return nil, 0, nil
		}
		return nil, 0, p.err
	}
	return p.list, p.total, nil
}
