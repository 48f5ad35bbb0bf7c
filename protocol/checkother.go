package protocol

import (
	"strconv"
	"strings"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// checkOther checks the operations that are not commands of one group.
func checkOther(req *troupev1.Request) *Error {
	switch r := req.Op.(type) {
	case *troupev1.Request_Login:
		return checkLogin(r.Login)
	case *troupev1.Request_Attach:
		return checkAttach(r.Attach)
	case *troupev1.Request_ListJoinedGroups:
		return checkListJoined(r.ListJoinedGroups)
	case *troupev1.Request_GetGroupProfiles:
		q := r.GetGroupProfiles
		return firstError(checkGroupList(q.GetGroupIds()), checkGroupFields("fields", q.GetFields()),
			checkMemberFields("member_fields", q.GetMemberFields()))
	case *troupev1.Request_SearchGroup:
		return firstError(checkGroupList(r.SearchGroup.GetGroupIds()), checkGroupFields("fields", r.SearchGroup.GetFields()))
	case *troupev1.Request_SearchJoinedGroups:
		return checkSearchJoined(r.SearchJoinedGroups)
	case *troupev1.Request_ListApplications:
		return checkListApplications(r.ListApplications)
	case *troupev1.Request_DeleteApplications:
		return checkDeletions(r.DeleteApplications.GetApplications())
	case *troupev1.Request_DeleteUser:
		return CheckUserID("user_id", r.DeleteUser.GetUserId())
	case *troupev1.Request_ListSystemNotices:
		q := r.ListSystemNotices
		return firstError(checkCount("count", q.Count, MaxPage), checkCursor(q.GetCursor()))
	case *troupev1.Request_ListAudit:
		return checkListAudit(r.ListAudit)
	case *troupev1.Request_SetBan:
		return checkSetBan(r.SetBan)
	case *troupev1.Request_LiftBan:
		return checkSubject(r.LiftBan.GetUserId(), r.LiftBan.GetAddress())
	case *troupev1.Request_ListBans:
		return firstError(checkCount("count", r.ListBans.Count, MaxPage), checkCursor(r.ListBans.GetCursor()))
	case *troupev1.Request_RevokeTokens:
		return checkRevokeTokens(r.RevokeTokens)
	}
	return nil
}

func checkLogin(r *troupev1.Login) *Error {
	if r.GetToken() != "" && r.GetResumeTicket() != "" {
		return InvalidParameter("resume_ticket", "takes the place of the token; give one of the two")
	}
	return firstError(
		CheckUserID("user_id", r.GetUserId()),
		checkText("device_id", r.GetDeviceId(), MaxDeviceID),
		checkText("account_type", r.GetAccountType(), MaxDeviceID),
	)
}

// checkAttach: ids of groups are judged one by one when attaching (spec 18.3).
func checkAttach(r *troupev1.Attach) *Error {
	const text = "last_seq needs its epoch"
	if in := r.GetInbox(); in != nil && in.LastSeq != nil && in.GetEpoch() == "" {
		return InvalidParameter("inbox", text)
	}
	for _, g := range r.GetGroups() {
		if g.LastSeq != nil && g.GetEpoch() == "" {
			return InvalidParameter("groups", text)
		}
	}
	if n := r.GetRest(); n < troupev1.Rest_REST_NONE || n > troupev1.Rest_REST_LIVE {
		return InvalidParameter("rest", "must be live or none")
	}
	return nil
}

func checkListJoined(r *troupev1.ListJoinedGroups) *Error {
	return firstError(
		checkKind("kind", r.GetKind()),
		checkGroupFields("fields", r.GetFields()),
		checkRange("limit", r.GetLimit(), 1, MaxGroupPage),
		optionalUser("user_id", r.GetUserId()),
	)
}

// checkGroupList checks the number of different ids; their form is judged id
// by id, since each has an entry in the answer (spec 6.11).
func checkGroupList(ids []string) *Error {
	if n := len(Distinct(ids)); n < 1 || n > MaxProfilesPerCall {
		return InvalidParameter("group_ids", "must be 1 to 50 ids")
	}
	return nil
}

func checkSearchJoined(r *troupev1.SearchJoinedGroups) *Error {
	words := r.GetKeywords()
	if len(words) < 1 || len(words) > MaxKeywords {
		return InvalidParameter("keywords", "must be 1 to 5")
	}
	for _, w := range words {
		if strings.TrimSpace(w) == "" {
			return InvalidParameter("keywords", "a keyword is empty")
		}
	}
	return firstError(checkCount("count", r.Count, MaxPage), checkCursor(r.GetCursor()))
}

func checkListApplications(r *troupev1.ListApplications) *Error {
	for _, d := range r.GetDirections() {
		if d < troupev1.Direction_DIRECTION_APPLICATION_SENT || d > troupev1.Direction_DIRECTION_APPLICATION_RECEIVED {
			return InvalidParameter("directions", "out of range")
		}
	}
	for _, s := range r.GetStates() {
		if s < troupev1.ApplicationState_APPLICATION_STATE_ADMIN_PENDING || s > troupev1.ApplicationState_APPLICATION_STATE_CLOSED {
			return InvalidParameter("states", "out of range")
		}
	}
	return firstError(
		checkCount("count", r.Count, MaxApplicationPage),
		checkRange("order", r.GetOrder(), troupev1.Order_ORDER_NEWEST, troupev1.Order_ORDER_OLDEST),
		checkCursor(r.GetCursor()),
	)
}

func checkDeletions(keys []*troupev1.ApplicationKey) *Error {
	const field = "applications"
	if len(keys) < 1 || len(keys) > MaxDeletions {
		return InvalidParameter(field, "must be 1 to "+strconv.Itoa(MaxDeletions))
	}
	for _, k := range keys {
		if k.GetApplicationId() == "" {
			if k.GetSeq() == 0 {
				return InvalidParameter(field, "needs application_id, or seq and random of a notice")
			}
			continue
		}
		if _, err := ParseApplicationID(field, k.GetApplicationId()); err != nil {
			return err
		}
	}
	return nil
}
