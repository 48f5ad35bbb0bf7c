//go:build linux

package swarm

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/bench/internal/report"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// bench is a judge with receivers in one room, without sockets.
type testJudge struct {
	l     *loop
	room  *Room
	conns []*Conn
}

func newTestJudge(receivers int) *testJudge {
	s := &Swarm{o: Options{Ring: 8}}
	l := &loop{s: s}
	l.lane, l.late, l.senders = report.NewRecorder().Lane(), report.NewRecorder().Lane(), s.sender
	l.opener.l = l
	s.loops = []*loop{l}
	j := &testJudge{l: l, room: s.Room("stage", false)}
	s.Publisher(&Conn{User: "ann", l: l}, j.room, 60)
	for range receivers {
		c := s.Conn(0, "bob", Listen)
		c.Sit(j.room)
		c.sit()
		c.state = stateReady
		j.conns = append(j.conns, c)
	}
	return j
}

// message is the frame of number seq.
func message(seq uint64, skipped *troupev1.Skipped) []byte {
	body := string(AppendBody(nil, Mark{Counter: seq, Due: 1}, 60))
	return frameOf(&troupev1.Frame{Skipped: skipped, Frame: &troupev1.Frame_Event{Event: &troupev1.Event{Event: &troupev1.Event_Message{Message: &troupev1.Message{
		Conversation: &troupev1.Conversation{Id: "stage"}, SenderId: "ann", Seq: seq,
		Elements: []*troupev1.Element{{Element: &troupev1.Element_Text{Text: &troupev1.Text{Text: body}}}},
	}}}}})
}

func frameOf(f *troupev1.Frame) []byte {
	data, err := proto.Marshal(f)
	if err != nil {
		panic(err)
	}
	return AppendServerFrame(nil, append(appendVarint(nil, uint64(len(data))), data...))
}

func (j *testJudge) hear(t *testing.T, receiver int, frames ...[]byte) {
	t.Helper()
	var all []byte
	for _, f := range frames {
		all = append(all, f...)
	}
	rest, err := j.l.parse(j.conns[receiver], all, 1000)
	require.NoError(t, err)
	require.Empty(t, rest)
}

func TestJudgeAccepts(t *testing.T) {
	j := newTestJudge(3)
	for i := range j.conns {
		j.hear(t, i, message(5, nil), message(6, nil), message(7, nil))
	}
	require.Equal(t, Tally{Messages: 9}, j.l.Tally)
	require.Len(t, j.l.views[0].log, 3)
}

// Each way of going wrong is noticed, for a first and for a later receiver.
func TestJudgeNotices(t *testing.T) {
	changed := func(seq uint64) []byte {
		f := message(seq, nil)
		f[len(f)-1] ^= 1
		return f
	}
	foreign := func() []byte {
		return frameOf(&troupev1.Frame{Frame: &troupev1.Frame_Event{Event: &troupev1.Event{Event: &troupev1.Event_Message{Message: &troupev1.Message{
			Conversation: &troupev1.Conversation{Id: "elsewhere"}, Seq: 1}}}}})
	}
	for name, c := range map[string]struct {
		frames [][]byte
		want   Tally
	}{
		"lost":             {[][]byte{message(5, nil), message(7, nil)}, Tally{Messages: 2, Lost: 1}},
		"doubled":          {[][]byte{message(5, nil), message(6, nil), message(6, nil)}, Tally{Messages: 2, Doubled: 1}},
		"swapped":          {[][]byte{message(5, nil), message(7, nil), message(6, nil)}, Tally{Messages: 2, Reordered: 1}},
		"changed":          {[][]byte{message(5, nil), changed(6)}, Tally{Messages: 2, Changed: 1}},
		"foreign":          {[][]byte{message(5, nil), foreign()}, Tally{Messages: 1, Foreign: 1}},
		"skipped":          {[][]byte{message(5, nil), message(8, &troupev1.Skipped{FromSeq: 6, ToSeq: 7, Normal: 2})}, Tally{Messages: 2, Skipped: 2}},
		"skipped too much": {[][]byte{message(5, nil), message(8, &troupev1.Skipped{FromSeq: 6, ToSeq: 7, Normal: 3})}, Tally{Messages: 2, Wrong: 1, Lost: 2}},
		"skipped less":     {[][]byte{message(5, nil), message(8, &troupev1.Skipped{FromSeq: 7, ToSeq: 7, Normal: 1})}, Tally{Messages: 2, Wrong: 1, Lost: 2}},
		"skipped what came": {[][]byte{message(5, nil), message(6, &troupev1.Skipped{FromSeq: 5, ToSeq: 5, Normal: 1})},
			Tally{Messages: 2, Wrong: 1}},
	} {
		for _, later := range []bool{false, true} {
			j := newTestJudge(2)
			if later {
				j.hear(t, 0, message(5, nil), message(6, nil), message(7, nil), message(8, nil))
				j.l.Tally = Tally{}
			}
			j.hear(t, 1, c.frames...)
			require.Equal(t, c.want, j.l.Tally, "%s, later %v: %v", name, later, j.l.faults)
		}
	}
}

// Sent is what the publisher's answers say; the verdict compares.
func TestVerdict(t *testing.T) {
	sent := func(j *testJudge, seqs ...uint64) {
		p := j.l.s.pubs[0]
		for n := uint64(0); n <= 10; n++ {
			p.sent = append(p.sent, sending{due: 1, answered: true})
		}
		for _, n := range seqs {
			p.sent[n].seq = n
		}
	}
	verdict := func(j *testJudge) *Verdict { // without a thread
		return j.l.s.conclude(j.l.close(j.l.s.ends()))
	}
	j := newTestJudge(2)
	require.Error(t, verdict(j).Err(false), "nothing was expected")

	sent(j, 5, 6)
	j.hear(t, 0, message(5, nil), message(6, nil))
	j.hear(t, 1, message(5, nil), message(6, nil))
	v := verdict(j)
	require.NoError(t, v.Err(false), "%v", v.Faults)
	require.EqualValues(t, 4, v.Expected)
	require.EqualValues(t, 2, v.Accepted)

	j = newTestJudge(2) // the last is missing
	sent(j, 5, 6)
	j.hear(t, 0, message(5, nil), message(6, nil))
	j.hear(t, 1, message(5, nil))
	require.ErrorContains(t, verdict(j).Err(true), "1 lost")

	j = newTestJudge(1) // refused, and delivered all the same
	sent(j, 5)
	j.hear(t, 0, message(5, nil), message(6, nil))
	require.ErrorContains(t, verdict(j).Err(true), "1 foreign")

	j = newTestJudge(1) // nothing came
	sent(j, 5, 6)
	j.conns[0].seats[0].first = 5
	require.ErrorContains(t, verdict(j).Err(true), "2 lost")

	j = newTestJudge(2) // a tip is named that was a message
	sent(j, 5, 6, 7)
	j.hear(t, 0, message(5, nil), message(6, nil), message(7, nil))
	j.hear(t, 1, message(5, nil), message(7, &troupev1.Skipped{FromSeq: 6, ToSeq: 6, System: 1}))
	require.ErrorContains(t, verdict(j).Err(true), "1 wrongly named")
	require.Error(t, verdict(j).Err(false))
}

func BenchmarkJudgeSame(b *testing.B) {
	j := newTestJudge(1)
	c := j.conns[0]
	f := message(5, nil)
	if _, err := j.l.parse(c, f, 0); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		c.seats[0].next = 5
		if j.l.same(&c.seats[0], f, 1000) == 0 {
			b.Fatal("not the same")
		}
	}
}

// TestJudgeTimesNewcomersApart: what a newcomer waits says nothing of those who
// were there before.
func TestJudgeTimesNewcomersApart(t *testing.T) {
	j := newTestJudge(1)
	late := j.l.s.Conn(0, "cid", Listen)
	late.Newcomer, late.state = true, stateReady
	late.Sit(j.room)
	late.sit()
	of, ofLate := report.NewRecorder(), report.NewRecorder()
	j.l.lane, j.l.late = of.Lane(), ofLate.Lane()
	for c, at := range map[*Conn]time.Duration{j.conns[0]: 3 * time.Millisecond, late: 50 * time.Millisecond} {
		_, err := j.l.parse(c, message(5, nil), int64(at))
		require.NoError(t, err)
	}
	p, _ := of.Total()
	require.InDelta(t, 3, p.Max, 0.1)
	p, _ = ofLate.Total()
	require.InDelta(t, 50, p.P50, 0.1)
}
