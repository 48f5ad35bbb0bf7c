package client

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	"github.com/gorilla/websocket"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// stub is the least of a server: what the examples need.
type stub struct {
	mu     sync.Mutex
	groups map[string]*stubGroup
	peers  map[string]*websocket.Conn // by user
}

type stubGroup struct {
	profile *troupev1.GroupProfile
	members []string
	seq     uint64
}

// ServeStub starts a stub for examples.
func ServeStub() (url string, stop func()) {
	s := &stub{groups: map[string]*stubGroup{}, peers: map[string]*websocket.Conn{}}
	srv := httptest.NewServer(s)
	return "ws" + strings.TrimPrefix(srv.URL, "http"), srv.Close
}

// ServeHTTP serves one connection.
func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	up := websocket.Upgrader{Subprotocols: []string{protocol.SubprotocolBinary}}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = ws.Close() }()
	user := ""
	for {
		_, data, err := ws.ReadMessage()
		if err != nil {
			return
		}
		_ = protocol.DecodeRequests(protocol.Binary, data, func(req *troupev1.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if l := req.GetLogin(); l != nil {
				user = l.GetUserId()
				s.peers[user] = ws
			}
			answer := doneAnswer(req, nil)
			then := s.carryOut(user, req, answer)
			send(ws, &troupev1.Frame{Frame: &troupev1.Frame_Answer{Answer: answer}})
			then()
		})
	}
}

func send(ws *websocket.Conn, f *troupev1.Frame) {
	_ = ws.WriteMessage(websocket.BinaryMessage, payload(protocol.NewFrame(protocol.ClassAnswer, f).Bytes(protocol.Binary)))
}

// carryOut fills the answer in; then tells the others.
func (s *stub) carryOut(user string, req *troupev1.Request, a *troupev1.Answer) (then func()) {
	then = func() {}
	switch op := req.Op.(type) {
	case *troupev1.Request_Login:
		a.Result = &troupev1.Answer_Login{Login: &troupev1.LoginResult{UserId: user, DeviceId: "d"}}
	case *troupev1.Request_ListJoinedGroups:
		a.Result = &troupev1.Answer_ListJoinedGroups{ListJoinedGroups: &troupev1.ListJoinedGroupsResult{}}
	case *troupev1.Request_Attach:
		a.Result = &troupev1.Answer_Attach{Attach: s.attach(op.Attach)}
	case *troupev1.Request_CreateGroup:
		g := &stubGroup{members: []string{user}, profile: &troupev1.GroupProfile{
			GroupId: op.CreateGroup.GetGroupId(), Kind: op.CreateGroup.GetKind(), Name: &op.CreateGroup.Name,
		}}
		s.groups[g.profile.GetGroupId()] = g
		a.Result = &troupev1.Answer_CreateGroup{CreateGroup: &troupev1.CreateGroupResult{Group: g.profile}}
		then = func() { send(s.peers[user], notice(1, 6, g.profile.GetGroupId())) }
	case *troupev1.Request_JoinGroup:
		then = s.join(user, s.groups[op.JoinGroup.GetGroupId()], a)
	case *troupev1.Request_GuestJoin:
		a.Result = &troupev1.Answer_GuestJoin{GuestJoin: &troupev1.GuestJoinResult{Group: s.groups[op.GuestJoin.GetGroupId()].profile}}
	case *troupev1.Request_SendMessage:
		then = s.send(user, op.SendMessage, a)
	}
	return then
}

func (s *stub) attach(p *troupev1.Attach) *troupev1.AttachResult {
	r := &troupev1.AttachResult{Inbox: &troupev1.StreamState{Epoch: "e1", NextSeq: proto.Uint64(1)}}
	for _, g := range p.GetGroups() {
		r.Groups = append(r.Groups, &troupev1.StreamState{
			GroupId: g.GetGroupId(), Epoch: "e1", NextSeq: proto.Uint64(s.groups[g.GetGroupId()].seq + 1),
		})
	}
	return r
}

func (s *stub) join(user string, g *stubGroup, a *troupev1.Answer) func() {
	r := &troupev1.JoinGroupResult{Outcome: troupev1.Outcome_OUTCOME_JOINED, Group: g.profile}
	a.Result = &troupev1.Answer_JoinGroup{JoinGroup: r}
	if g.profile.GetKind() == troupev1.Kind_KIND_PUBLIC {
		a.Code, r.Outcome, r.Group = proto.Int32(int32(group.CodeWaitApproval)), troupev1.Outcome_OUTCOME_WAIT_APPROVAL, nil
		return func() {}
	}
	g.members = append(g.members, user)
	g.seq++
	f := tipOf(g.profile.GetGroupId(), g.seq, 1, user)
	f.GetEvent().GetMessage().GetElements()[0].GetGroupTip().Event = "member_joined"
	return func() { s.tell(g, f, "") }
}

func (s *stub) send(user string, p *troupev1.SendMessage, a *troupev1.Answer) func() {
	g := s.groups[p.GetConversation().GetId()]
	if g == nil || !slices.Contains(g.members, user) {
		e := protocol.NewError(group.CodeGroupNotFound)
		a.Code, a.Error, a.Message = proto.Int32(int32(e.Code)), e.Name, e.Message
		return func() {}
	}
	g.seq++
	a.Result = &troupev1.Answer_SendMessage{SendMessage: &troupev1.SendMessageResult{Seq: g.seq, Random: p.Random}}
	f := message(g.profile.GetGroupId(), g.seq)
	f.GetEvent().GetMessage().SenderId, f.GetEvent().GetMessage().Elements = user, p.GetElements()
	return func() { s.tell(g, f, user) }
}

func (s *stub) tell(g *stubGroup, f *troupev1.Frame, except string) {
	for _, m := range g.members {
		if m != except {
			send(s.peers[m], f)
		}
	}
}
