package actors

import (
	"strconv"

	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// listBans pages through the bans in force, the oldest first.
func (s *session) listBans(req *troupev1.Request, asAppAdmin *bool) (*troupev1.Answer, error) {
	*asAppAdmin = true
	if !s.appAdmin {
		return nil, protocol.NewError(group.CodePermissionDenied)
	}
	m := req.GetListBans()
	cursor, count, e := pageOf(m.GetCursor(), m.Count, listPage)
	if e != nil {
		return nil, e
	}
	a := &s.sys.authority
	a.mu.RLock()
	list, next := a.bans.page(cursor, count, group.Millis(s.sys.now()))
	a.mu.RUnlock()
	res := &troupev1.ListBansResult{NextCursor: proto.String(protocol.FormatCursor(next))}
	for _, b := range list {
		shown := &troupev1.Ban{
			BanId: strconv.FormatUint(b.ID, 10), UserId: string(b.User), Until: proto.Int64(int64(b.Until)),
			Reason: b.Reason, By: string(b.By), Time: int64(b.Time),
		}
		if b.User == "" {
			shown.Address = protocol.NetworkText(b.network)
		}
		res.Bans = append(res.Bans, shown)
	}
	return &troupev1.Answer{Result: &troupev1.Answer_ListBans{ListBans: res}}, nil
}
