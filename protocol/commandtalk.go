package protocol

import (
	"github.com/troupe-im/troupe/group"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Commands that say something (spec 10) and reads of one group.

func sendMessage(r *troupev1.SendMessage) (group.Command, *Error) {
	const field = "elements"
	in := r.GetElements()
	if len(in) < 1 || len(in) > MaxElements {
		return nil, InvalidParameter(field, "must be 1 to 50 elements")
	}
	if err := checkRange("priority", r.GetPriority(), troupev1.Priority_PRIORITY_LOW, troupev1.Priority_PRIORITY_HIGH); err != nil {
		return nil, err
	}
	cmd := group.Send{
		Elements: make([]group.Element, len(in)), Random: r.GetRandom(), RandomGiven: r.Random != nil,
		Priority: group.Priority(r.GetPriority()),
	}
	size := 0
	for i, e := range in {
		el, err := element(field, e)
		if err != nil {
			return nil, err
		}
		cmd.Elements[i] = el
		size += len(el.Text) + len(el.Data) + len(el.Desc) + len(el.Ext)
	}
	if size > MaxMessageBytes {
		return nil, fieldError(group.CodeMessageTooLarge, field, "")
	}
	return cmd, nil
}

func element(field string, in *troupev1.Element) (group.Element, *Error) {
	switch e := in.GetElement().(type) {
	case *troupev1.Element_Text:
		el := group.Element{Type: group.ElementText, Text: e.Text.GetText()}
		if el.Text == "" {
			return el, InvalidParameter(field, "empty text")
		}
		return el, checkUTF8(field, el.Text)
	case *troupev1.Element_Face:
		el := group.Element{Type: group.ElementFace, Index: e.Face.GetIndex(), Data: e.Face.GetData()}
		return el, checkText(field, el.Data, MaxFaceData)
	case *troupev1.Element_Custom:
		c := e.Custom
		el := group.Element{Type: group.ElementCustom, Data: c.GetData(), Desc: c.GetDesc(), Ext: c.GetExt()}
		if el.Data == "" {
			return el, InvalidParameter(field, "empty custom data")
		}
		return el, firstError(checkUTF8(field, el.Data), checkUTF8(field, el.Desc), checkUTF8(field, el.Ext))
	}
	return group.Element{}, InvalidParameter(field, "an element of a kind that cannot be sent")
}

func sendCustomNotice(r *troupev1.SendCustomNotice) (group.Command, *Error) {
	switch n := len(r.GetContent()); {
	case n == 0:
		return nil, InvalidParameter("content", "empty")
	case n > MaxMessageBytes:
		return nil, fieldError(group.CodeMessageTooLarge, "content", "")
	}
	cmd := group.SendNotice{Content: r.GetContent()}
	if len(r.GetToUserIds()) == 0 {
		return cmd, nil
	}
	var err *Error
	// No limit is named for the subset; the frame's size is one.
	cmd.To, err = userList("to_user_ids", r.GetToUserIds(), len(r.GetToUserIds()))
	return cmd, err
}

// checkLikes bounds the likes of one call (spec 19.10).
func checkLikes(n uint32) *Error {
	if n < 1 || n > MaxLikes {
		return InvalidParameter("count", "must be from 1 to 100")
	}
	return nil
}

func listMembers(r *troupev1.ListMembers) (group.Command, *Error) {
	limit := uint32(MaxPage)
	if r.Limit != nil {
		limit = min(limit, r.GetLimit())
	}
	if limit < 1 {
		return nil, InvalidParameter("limit", "must be at least 1")
	}
	return group.ListMembers{
			Offset: int(r.GetOffset()), Limit: int(limit), Role: group.Role(r.GetRole()), Cursor: r.GetCursor(),
		}, firstError(
			checkRange("role", r.GetRole(), 1, 255),
			checkMemberFields("fields", r.GetFields()),
		)
}

func getMemberProfiles(r *troupev1.GetMemberProfiles) (group.Command, *Error) {
	// Only the first 50 are looked up, the rest is not even judged (spec 6.12).
	ids := Distinct(r.GetUserIds())
	ids = ids[:min(len(ids), MaxProfilesPerCall)]
	users, err := userList("user_ids", ids, MaxProfilesPerCall)
	return group.GetMembers{Users: users}, err
}

func getGroupHistory(r *troupev1.GetGroupHistory) (group.Command, *Error) {
	return group.GetHistory{}, checkCount("req_number", r.ReqNumber, MaxPage)
}
