package naive

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/troupe-im/troupe/group"
)

const (
	messageMax = 8898 // bytes of a message in a group, and of a custom notice
	faceMax    = 1000 // bytes
	usersMax   = 300  // per invitation, kick and mute
)

// parameters judges what can be judged without a group (spec 15: first of all).
func parameters(c group.Command) *group.Rejection {
	switch c := c.(type) {
	case group.Create:
		if blank(c.Name) {
			return bad("name")
		}
		for _, e := range c.InitialMembers {
			if e.Role != group.NoRole && e.Role != group.Admin {
				return bad("initial_members")
			}
		}
	case group.UpdateProfile:
		if c.Name != nil && blank(*c.Name) {
			return bad("name")
		}
	case group.Kick:
		if utf8.RuneCountInString(c.Reason) > 128 {
			return bad("reason")
		}
		return usersFault(c.Users)
	case group.Invite:
		return usersFault(c.Users)
	case group.Handle:
		if utf8.RuneCountInString(c.Message) > 128 {
			return bad("message")
		}
	case group.SetRole:
		if c.Role == group.NoRole || c.Role == group.Owner {
			return bad("role")
		}
	case group.SetNameCard:
		if len(c.NameCard) > 50 {
			return bad("name_card")
		}
	case group.SetRemindType:
		if c.Remind < group.AcceptNotify || c.Remind > group.Discard {
			return bad("remind_type")
		}
	default:
		return talkParameters(c)
	}
	return nil
}

func talkParameters(c group.Command) *group.Rejection {
	switch c := c.(type) {
	case group.MuteMembers:
		if c.DurationSeconds < 0 || c.DurationSeconds > yearSeconds {
			return bad("duration")
		}
		return usersFault(c.Users)
	case group.MuteGroup:
		return muteFault(c)
	case group.Send:
		if c.Priority > group.PriorityHigh {
			return bad("priority")
		}
		return elementsFault(c.Elements)
	case group.SendLike:
		if c.Count < 1 || c.Count > 100 {
			return bad("count")
		}
	case group.SendNotice:
		switch {
		case len(c.Content) == 0:
			return bad("content")
		case len(c.Content) > messageMax:
			return no(group.CodeMessageTooLarge)
		}
	}
	return nil
}

// blank reports whether a name has nothing but blanks, and some (spec 2.1).
func blank(name string) bool { return name != "" && strings.TrimSpace(name) == "" }

// usersFault judges a list of 1 to 300 users.
func usersFault(users []group.UserID) *group.Rejection {
	switch {
	case len(users) == 0:
		return bad("user_ids")
	case len(distinct(users)) > usersMax:
		return no(group.CodeTooManyUsers)
	}
	return nil
}

func muteFault(c group.MuteGroup) *group.Rejection {
	switch {
	case !c.On:
	case c.Mode == group.MuteNone || c.Mode > group.MuteRoles:
		return bad("mode")
	case c.DurationSeconds < -1 || c.DurationSeconds > yearSeconds:
		return bad("duration")
	case c.Mode == group.MuteRoles && (len(c.Roles) == 0 || len(c.Roles) > 10 || slices.Contains(c.Roles, group.NoRole)):
		return bad("roles")
	}
	return nil
}

// elementsFault judges the form and the size of a message (spec 10.1).
func elementsFault(list []group.Element) *group.Rejection {
	if len(list) < 1 || len(list) > 50 {
		return bad("elements")
	}
	size := 0
	for _, e := range list {
		switch e.Type {
		case group.ElementText:
			if e.Text == "" {
				return bad("elements.text")
			}
			size += len(e.Text)
		case group.ElementFace:
			if len(e.Data) > faceMax {
				return bad("elements.data")
			}
			size += len(e.Data)
		case group.ElementCustom:
			if e.Data == "" {
				return bad("elements.data")
			}
			size += len(e.Data) + len(e.Desc) + len(e.Ext)
		default:
			return bad("elements.type")
		}
	}
	if size > messageMax {
		return no(group.CodeMessageTooLarge)
	}
	return nil
}
