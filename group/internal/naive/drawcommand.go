package naive

import (
	"slices"
	"strings"

	"github.com/troupe-im/troupe/group"
)

// command makes up one command and who gives it.
func (s *Script) command() *group.Input {
	in := &group.Input{}
	if u := s.outside()[0]; s.crowd > 0 && u != Ghost {
		s.crowd--
		in.Caller, in.Command = s.as(u), group.Join{}
		return in
	}
	if n := s.pick(14); n >= 12 {
		in.Command = s.system(n == 13)
		in.Caller.System = true
		return in
	}
	in.Caller = s.as(s.caller())
	topics := []func(*group.Input) group.Command{s.moving, s.talking, s.asking, s.governing, s.ranking, s.muting, s.aiming}
	topic := s.pick(len(topics) + 4)
	if topic >= len(topics) {
		topic = s.topic % len(topics)
	}
	before := in.Caller
	in.Command = topics[topic](in)
	if in.Caller == before && s.pick(3) > 0 {
		s.suit(in)
	}
	return in
}

// suit lets a command come from somebody who may give it.
func (s *Script) suit(in *group.Input) {
	m := s.Model
	var able []group.UserID
	switch c := in.Command.(type) {
	case group.Join:
		able = slices.DeleteFunc(slices.Clone(s.Users), m.isMember)
	case group.Leave:
		able = slices.DeleteFunc(m.members(), func(u group.UserID) bool { return m.role(u) == group.Owner && s.pick(3) > 0 })
	case group.SetRole, group.TransferOwner, group.Dismiss:
		able = union(m.withRole(group.Owner), []group.UserID{Root})
	case group.Kick, group.MuteMembers, group.MuteGroup, group.UpdateModes, group.UpdateProfile:
		able = union(m.withRole(group.Owner), m.withRole(group.Admin), []group.UserID{Root})
	case group.Handle:
		if !c.Invitation {
			able = union(m.approvers(), []group.UserID{Root})
		}
	default:
		able = m.members()
	}
	if len(able) > 0 {
		in.Caller = s.as(able[s.pick(len(able))])
	}
}

// system is what the server itself commands.
func (s *Script) system(presence bool) group.Command {
	switch {
	case presence && s.pick(6) == 5:
		return group.Leave{User: s.user(), Reason: group.LeaveAccountDeleted}
	case !presence || s.Kind != group.Livestream:
		return group.Tick{}
	}
	switch s.pick(3) {
	case 0:
		return group.GuestEnter{}
	case 1:
		return group.GuestExit{}
	}
	return group.Leave{User: s.user(), Reason: []group.LeaveReason{group.LeaveMoved, group.LeaveDisconnected}[s.pick(2)]}
}

func (s *Script) moving(in *group.Input) group.Command {
	switch s.pick(5) {
	case 0, 1:
		c := group.Join{Message: s.text(), UserDefinedField: s.text(), DirectOnly: s.pick(8) == 7}
		if s.pick(8) == 7 {
			c.KindHint = group.Kinds[s.pick(6)]
		}
		return c
	case 2:
		if len(s.Model.members()) > 1 || s.pick(6) == 5 {
			return group.Leave{}
		}
		return group.Invite{Users: s.outside()}
	case 3:
		c := group.Kick{Users: s.several(), Reason: s.text(), Silence: s.pick(4) == 3}
		if records := s.Model.pending(); len(records) > 0 && s.pick(2) == 1 {
			c.Users = union(c.Users, []group.UserID{records[s.pick(len(records))].Inviter})
		}
		return c
	}
	c := group.Invite{Users: s.outside(), Message: s.text(), Explicit: s.yes()}
	if s.pick(3) == 2 {
		c.Users = s.several()
	}
	return c
}

// outside names one or two who are no members, as far as there are some.
func (s *Script) outside() []group.UserID {
	users := slices.DeleteFunc(slices.Clone(s.Users), s.Model.isMember)
	if len(users) == 0 {
		return []group.UserID{Ghost, s.Users[0]}
	}
	first := s.pick(len(users))
	return distinct([]group.UserID{users[first], users[(first+s.pick(2))%len(users)]})
}

func (s *Script) talking(in *group.Input) group.Command {
	switch s.pick(6) {
	case 0, 1, 2:
		return s.message()
	case 3:
		c := group.SendNotice{Content: []byte(s.text())}
		if s.pick(2) == 1 {
			c.To = s.several()
		}
		if s.pick(3) > 0 {
			in.Caller = s.as(Root)
		}
		return c
	}
	return s.reading()
}

func (s *Script) muting(in *group.Input) group.Command {
	switch s.pick(6) {
	case 0:
		return group.MuteMembers{Users: s.several(), DurationSeconds: s.seconds()}
	case 2:
		for _, u := range s.Model.members() {
			if s.Model.mutedUntil(u) > 0 && s.pick(2) == 1 {
				in.Caller = s.as(u)
			}
		}
	case 1:
		c := group.MuteGroup{On: s.pick(4) < 3, Mode: group.MuteMode(s.pick(4)), DurationSeconds: s.seconds()}
		for range s.pick(3) {
			c.Roles = append(c.Roles, []group.Role{group.Member, group.Admin, group.Owner, 5}[s.pick(4)])
		}
		return c
	}
	return s.message()
}

func (s *Script) message() group.Command {
	if s.pick(10) == 9 {
		return group.SendLike{Count: []uint32{1, 60, 100, 0, 101}[s.pick(5)]}
	}
	c := group.Send{Random: uint32(1 + s.pick(4)), RandomGiven: s.pick(8) < 7, Priority: []group.Priority{0, 0, 1, 2, 3, 4}[s.pick(6)]}
	if s.Kind == group.Livestream && s.pick(4) == 3 {
		c.Shed, c.RetryAfter = group.ShedCause(1+s.pick(2)), 700
	}
	switch s.pick(12) {
	case 9:
		c.Elements = []group.Element{{Type: group.ElementFace, Index: 3, Data: "d"}, {Type: group.ElementCustom, Data: "d", Desc: "e"}}
	case 10:
		c.Elements = []group.Element{{Type: group.ElementText, Text: strings.Repeat("m", messageMax+s.pick(2))}}
	case 11:
		c.Elements = []group.Element{{Type: group.ElementText}}
	default:
		c.Elements = []group.Element{{Type: group.ElementText, Text: "hi"}}
	}
	return c
}

func (s *Script) reading() group.Command {
	switch s.pick(5) {
	case 0:
		return group.GetProfile{MemberFields: s.yes(), Search: s.yes()}
	case 1:
		return group.ListMembers{Offset: s.pick(4), Limit: []int{100, 1, 2, 101}[s.pick(4)], Role: []group.Role{0, 1, 2, 3}[s.pick(4)]}
	case 2:
		return group.GetMembers{Users: s.several()}
	}
	return group.GetHistory{}
}

func (s *Script) ranking(*group.Input) group.Command {
	m := s.Model
	if s.pick(6) == 5 {
		return group.TransferOwner{NewOwner: s.user()}
	}
	c := group.SetRole{User: s.user(), Role: s.role()}
	if s.pick(2) == 1 && m.role(c.User) == group.Owner {
		c.User = s.member()
	}
	return c
}

func (s *Script) governing(*group.Input) group.Command {
	switch s.pick(7) {
	case 0, 1:
		return s.modes()
	case 2, 3:
		return s.profile()
	case 4:
		c := group.SetNameCard{NameCard: s.text()}
		if s.yes() {
			c.User = s.user()
		}
		return c
	case 5:
		c := group.SetMemberFields{Fields: s.fields()}
		if s.yes() {
			c.User = s.user()
		}
		return c
	}
	if s.pick(12) == 11 {
		return group.Dismiss{}
	}
	c := group.SetRemindType{Remind: group.RemindType(1 + s.pick(3))}
	if s.yes() {
		c.User = s.user()
	}
	return c
}

func (s *Script) modes() group.Command {
	var c group.UpdateModes
	if s.pick(2) == 1 {
		v := group.JoinOption(1 + s.pick(4))
		c.JoinOption = &v
	}
	if s.Kind == group.Custom || s.pick(8) == 7 {
		switch s.pick(4) {
		case 1:
			v := group.InviteMode(1 + s.pick(5))
			c.InviteMode = &v
		case 2:
			v := group.Consent(1 + s.pick(2))
			c.InviteeConsent = &v
		case 3:
			v := group.InviteApproval(1 + s.pick(2))
			c.InviteApproval = &v
		}
	}
	return c
}

func (s *Script) profile() group.Command {
	var c group.UpdateProfile
	text := func() *string { v := s.text(); return &v }
	for range 1 + s.pick(2) {
		switch s.pick(8) {
		case 0:
			v := s.name()
			c.Name = &v
		case 1:
			c.Introduction = text()
		case 2:
			c.Announcement = text()
		case 3:
			v := []string{"x", "", strings.Repeat("a", 101)}[s.pick(3)]
			c.Avatar = &v
		case 4:
			v := []uint32{3, 2, 1, 0, 6000, 6001}[s.pick(6)]
			c.MaxMembers = &v
		case 5:
			v := group.JoinOption(1 + s.pick(4))
			c.JoinOption = &v
		case 6:
			v := s.yes()
			c.MuteAll = &v
		case 7:
			c.CustomFields = s.fields()
		}
	}
	return c
}

// asking handles records: mostly one that there is.
func (s *Script) asking(in *group.Input) group.Command {
	records := s.Model.Records()
	if len(records) == 0 {
		if s.pick(3) == 2 {
			return group.Handle{Accept: s.yes(), Applicant: s.user()}
		}
		return s.moving(in)
	}
	r := records[s.pick(len(records))]
	if waiting := s.Model.pending(); len(waiting) > 0 && s.pick(3) > 0 {
		r = waiting[s.pick(len(waiting))]
	}
	if s.pick(8) == 7 {
		return s.nag(in, r)
	}
	c := group.Handle{Accept: s.pick(4) < 3, Applicant: r.Applicant, Inviter: r.Inviter, Message: s.text(), Invitation: r.State == group.InviteePending}
	if s.pick(6) == 5 {
		c.Invitation = !c.Invitation
	}
	switch s.pick(8) {
	case 5:
		c.ID = r.ID
	case 6:
		c.Authentication, c.MsgKey = r.Authentication, r.MsgKey
	case 7:
		c.Authentication = "wrong"
	}
	if c.Invitation {
		if s.pick(4) < 3 {
			in.Caller = s.as(r.Applicant)
		}
		c.Applicant = in.Caller.User
		c.Authentication, c.MsgKey = "", ""
	}
	return c
}

// nag asks again for what a record asks.
func (s *Script) nag(in *group.Input, r group.Record) group.Command {
	if r.Type == group.TypeJoin {
		in.Caller = s.as(r.Applicant)
		return group.Join{Message: s.text()}
	}
	in.Caller = s.as(r.Inviter)
	return group.Invite{Users: []group.UserID{r.Applicant}, Message: s.text(), Explicit: s.yes()}
}

// create makes up the group, mostly one that can be made.
func (s *Script) create() group.Command {
	c := group.Create{Group: "g", Stream: 1, Kind: s.Kind, Name: "n"}
	p := s.Model.table[s.Kind]
	if s.pick(4) == 3 {
		c.MaxMembers = []uint32{3, 2, 1}[s.pick(3)]
	}
	switch {
	case s.Kind == group.Custom && s.pick(3) == 2:
		c.JoinOption, c.InviteeConsent = group.AdminApproval+group.JoinOption(s.pick(2)), group.ConsentRequired
	case !p.ConsentFixed:
		c.InviteMode = []group.InviteMode{0, group.InviteAnyMember, group.InviteAdmins, group.InviteOwner, group.InviteAppAdmin}[s.pick(5)]
		c.InviteeConsent = group.Consent(s.pick(3))
		if !p.ApprovalFixed {
			c.InviteApproval = group.InviteApproval(s.pick(3))
		}
	}
	if !p.JoinFixed && c.JoinOption == 0 {
		c.JoinOption = group.JoinOption(s.pick(5))
	}
	for range min(s.pick(6), p.InitialMembers) {
		e := group.InitialMember{User: s.Users[s.pick(len(s.Users))]}
		if s.pick(6) == 5 {
			e.User = s.user()
		}
		if s.yes() {
			e.Role = group.Admin
		}
		if s.pick(4) == 3 {
			e.CustomFields = s.fields()
		}
		c.InitialMembers = append(c.InitialMembers, e)
	}
	if s.pick(24) == 23 {
		s.spoil(&c)
	}
	return c
}

// spoil asks for what groups of the kind may not have.
func (s *Script) spoil(c *group.Create) {
	switch s.pick(7) {
	case 0:
		c.Name = s.name()
	case 1:
		c.MaxMembers = 6001
	case 2:
		c.JoinOption = group.Closed
	case 3:
		c.InviteMode = group.InviteOwner
	case 4:
		c.OwnerID = s.user()
	case 5:
		c.Topics = true
	case 6:
		c.InitialMembers = append(c.InitialMembers, group.InitialMember{User: s.user()}, group.InitialMember{User: s.user()})
	}
}
