package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

const (
	low    = troupev1.Priority_PRIORITY_LOW
	normal = troupev1.Priority_PRIORITY_NORMAL
	high   = troupev1.Priority_PRIORITY_HIGH

	shed = 11053
)

// stage is a livestream with its owner host and others in it, a guest, and out
// who is not in it.
type stage struct {
	*world
	g      string
	host   *voice
	voices map[string]*voice
	guest  *peer
	out    *peer
	// everybody gets what is said in the room.
	everybody []*peer
}

// newStage opens a room with a budget; empty: without.
func newStage(t *testing.T, budget string, voices []string, options ...func(*config.Config)) *stage {
	t.Helper()
	return newStageWith(t, server.Options{}, budget, voices, options...)
}

func newStageWith(t *testing.T, o server.Options, budget string, voices []string, options ...func(*config.Config)) *stage {
	t.Helper()
	options = append(options, unlimited)
	if budget != "" {
		options = append(options, policy("livestream", "room_budget", budget))
	}
	w := newWorldWith(t, o, options...)
	s := &stage{world: w, voices: map[string]*voice{}, out: w.device("out", "")}
	s.host = newVoice(w.device("host", ""))
	s.g = s.host.create(troupev1.Kind_KIND_LIVESTREAM, "show")
	s.host.ok(&troupev1.JoinGroup{GroupId: s.g})
	s.everybody = []*peer{s.host.peer}
	for _, name := range voices {
		v := newVoice(w.device(name, ""))
		v.ok(&troupev1.JoinGroup{GroupId: s.g})
		s.voices[name] = v
		s.everybody = append(s.everybody, v.peer)
	}
	s.guest = w.guest(s.g)
	s.everybody = append(s.everybody, s.guest)
	s.advance(w.cfg.Limits.LivestreamFold.Std())
	for _, p := range s.everybody {
		if p != s.guest || len(voices) > 0 {
			p.untilTip(1)
		}
	}
	return s
}

// say is a message of a priority.
func (s *stage) say(what string, p troupev1.Priority) *troupev1.SendMessage {
	m := text(s.g, what)
	m.Priority = p
	return m
}

// nextSeq is the room's next number.
func (s *stage) nextSeq() uint64 {
	s.t.Helper()
	a := s.host.ok(&troupev1.GetGroupProfiles{GroupIds: []string{s.g}})
	return a.GetGetGroupProfiles().GetGroups()[0].GetGroup().GetNextSeq()
}

// voice is a peer with requests under way.
type voice struct {
	*peer
	open map[string]bool
	got  map[string]*troupev1.Answer
}

func newVoice(p *peer) *voice {
	return &voice{peer: p, open: map[string]bool{}, got: map[string]*troupev1.Answer{}}
}

// post sends operations and does not wait for their answers, but until the
// server has taken them up. It gives their request ids.
func (v *voice) post(ops ...proto.Message) []string {
	v.t.Helper()
	var ids []string
	for _, op := range append(ops, &troupev1.Ping{}) {
		req := request(op)
		v.open[req.GetRequestId()] = true
		require.NoError(v.t, v.conn.Send(req))
		ids = append(ids, req.GetRequestId())
	}
	n := len(ops)
	v.answers(ids[n])
	v.w.settle()
	return ids[:n]
}

// answers waits for the answers to requests, in any order.
func (v *voice) answers(ids ...string) []*troupev1.Answer {
	v.t.Helper()
	list := make([]*troupev1.Answer, len(ids))
	for i, id := range ids {
		for v.got[id] == nil {
			v.pump()
		}
		list[i] = v.got[id]
	}
	return list
}

// codes are the codes of answers.
func (v *voice) codes(ids ...string) []int32 {
	v.t.Helper()
	list := make([]int32, len(ids))
	for i, a := range v.answers(ids...) {
		list[i] = a.GetCode()
	}
	return list
}

// waiting says which of the requests are not answered, up to a fence.
func (v *voice) waiting(ids ...string) (list []string) {
	v.t.Helper()
	v.post()
	v.post()
	for _, id := range ids {
		if v.got[id] == nil {
			list = append(list, id)
		}
	}
	return list
}

// pump takes one frame.
func (v *voice) pump() {
	v.t.Helper()
	f := v.recv()
	a := f.GetAnswer()
	if a == nil {
		v.events = append(v.events, f.GetEvent())
		return
	}
	require.True(v.t, v.open[a.GetRequestId()], "%s: answered twice, or not asked: %s", v.user, a.GetRequestId())
	delete(v.open, a.GetRequestId())
	v.got[a.GetRequestId()] = a
}

// account follows the numbers of the room at one receiver from one on.
type account struct {
	p    *peer
	last uint64
	own  map[uint64]bool // known from answers
	// texts of messages in order, "tip" for a tip; named counts what was spared, by priority.
	texts []string
	named troupev1.Skipped
}

// account begins after number last.
func (p *peer) account(last uint64) *account {
	return &account{p: p, last: last, own: map[uint64]bool{}}
}

// take adds what has come up to a fence: every number is delivered once, or
// named once.
func (a *account) take() {
	a.p.t.Helper()
	for _, e := range a.p.take() {
		alone := e.GetRoomSkipped()
		a.name(a.p.skipped[e])
		a.name(alone.GetSkipped())
		m := e.GetMessage()
		if m == nil {
			require.NotNil(a.p.t, alone, "%s: %s", a.p.user, show([]*troupev1.Event{e}))
			continue
		}
		a.passOwn()
		require.Equal(a.p.t, a.last+1, m.GetSeq(), "%s: a number is neither delivered nor named", a.p.user)
		a.last = m.GetSeq()
		if tipOf(m) != nil {
			a.texts = append(a.texts, "tip")
			continue
		}
		a.texts = append(a.texts, m.GetElements()[0].GetText().GetText())
	}
	a.passOwn()
}

// passOwn: the answer to one's own message counts as its frame.
func (a *account) passOwn() {
	for a.own[a.last+1] {
		a.last++
	}
}

func (a *account) name(s *troupev1.Skipped) {
	a.p.t.Helper()
	if s == nil {
		return
	}
	a.passOwn()
	require.Equal(a.p.t, a.last+1, s.GetFromSeq(), "%s: named twice, or a number is not named", a.p.user)
	require.Equal(a.p.t, s.GetToSeq()-s.GetFromSeq()+1, s.GetHigh()+s.GetNormal()+s.GetLow()+s.GetSystem(), "%s: %v", a.p.user, s)
	a.last = s.GetToSeq()
	a.named.High += s.GetHigh()
	a.named.Normal += s.GetNormal()
	a.named.Low += s.GetLow()
	a.named.System += s.GetSystem()
}
