//go:build linux

package swarm

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/troupe-im/troupe/bench/internal/report"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Publisher sends marked messages to one room over one connection. Send is
// called by one goroutine at a time.
type Publisher struct {
	c      *Conn
	room   *Room
	number uint32
	size   int
	// OnAnswer is called after each answer, on the connection's loop; may be
	// nil. Fixed before the first Send.
	OnAnswer func(p *Publisher)

	mu         sync.Mutex
	sent       []sending // by counter
	unanswered int
	repeated   bool // order is not promised for what is sent again
	refused    map[string]uint64
	answers    *report.Lane // from sending to the answer; nil = not noted
}

// sending is one message and what became of it.
type sending struct {
	due, at int64
	// seq is 0 until it is answered, and if it was refused.
	seq      uint64
	answered bool
}

// Publisher makes one; size is that of its messages' text in bytes.
func (s *Swarm) Publisher(c *Conn, r *Room, size int) *Publisher {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &Publisher{c: c, room: r, number: uint32(len(s.pubs)), size: max(size, MinBody), refused: map[string]uint64{}}
	s.pubs = append(s.pubs, p)
	return p
}

// publisher finds whose message an answer is about.
func (s *Swarm) publisher(requestID []byte) (p *Publisher, counter uint64, ok bool) {
	_, rest, ok := bytes.Cut(requestID, []byte(".p"))
	if !ok {
		return nil, 0, false
	}
	number, rest, ok := bytes.Cut(rest, []byte{'.'})
	if !ok {
		return nil, 0, false
	}
	n, err := strconv.ParseUint(string(number), 10, 32)
	if err != nil {
		return nil, 0, false
	}
	if counter, err = strconv.ParseUint(string(rest), 10, 64); err != nil {
		return nil, 0, false
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if n >= uint64(len(s.pubs)) {
		return nil, 0, false
	}
	return s.pubs[n], counter, true
}

// Send sends the next message, due at a time of Now's clock.
func (p *Publisher) Send(due int64) error {
	p.mu.Lock()
	counter := uint64(len(p.sent))
	p.sent = append(p.sent, sending{due: due, at: Now()})
	p.unanswered++
	p.mu.Unlock()
	return p.c.sendRaw(p.request(counter, due))
}

func (p *Publisher) request(counter uint64, due int64) []byte {
	body := AppendBody(make([]byte, 0, p.size), Mark{p.number, counter, due}, p.size)
	id := strconv.AppendUint(append(strconv.AppendUint(append([]byte(p.c.l.s.o.Run), ".p"...), uint64(p.number), 10), '.'), counter, 10)
	if p.c.l.s.o.Codec == protocol.Binary {
		return encodeSend(id, p.room.ID, body)
	}
	return protocol.EncodeRequest(p.c.l.s.o.Codec, &troupev1.Request{RequestId: string(id), Op: &troupev1.Request_SendMessage{
		SendMessage: &troupev1.SendMessage{
			Conversation: &troupev1.Conversation{Type: troupev1.ConversationType_CONVERSATION_TYPE_GROUP, Id: p.room.ID},
			Elements:     []*troupev1.Element{{Element: &troupev1.Element_Text{Text: &troupev1.Text{Text: string(body)}}}},
		}}})
}

// encodeSend is the request to send one text to a group, in protobuf.
func encodeSend(requestID []byte, group string, text []byte) []byte {
	conversation := appendField([]byte{1 << 3, byte(troupev1.ConversationType_CONVERSATION_TYPE_GROUP)}, 2, []byte(group))
	element := appendField(nil, 1, appendField(nil, 1, text))
	send := appendField(appendField(make([]byte, 0, len(text)+len(group)+24), 1, conversation), 2, element)
	req := appendField(appendField(make([]byte, 0, len(send)+len(requestID)+8), 1, requestID), resultSendMessage, send)
	return append(appendVarint(make([]byte, 0, len(req)+3), uint64(len(req))), req...)
}

func appendField(b []byte, number int, content []byte) []byte {
	b = appendVarint(b, uint64(number)<<3|2)
	b = appendVarint(b, uint64(len(content)))
	return append(b, content...)
}

func appendVarint(b []byte, v uint64) []byte {
	for ; v >= 0x80; v >>= 7 {
		b = append(b, byte(v)|0x80)
	}
	return append(b, byte(v))
}

// answered notes an answer. On the connection's loop.
func (p *Publisher) answered(f *seen, counter uint64) {
	p.mu.Lock()
	if counter < uint64(len(p.sent)) && !p.sent[counter].answered {
		m := &p.sent[counter]
		m.answered, m.seq = true, f.seq
		p.unanswered--
		if p.answers != nil {
			p.answers.Record(time.Duration(Now()-m.at), 1)
		}
		if f.code != 0 {
			m.seq = 0
			p.refused[string(f.errorName)]++
		}
	}
	p.mu.Unlock()
	if p.OnAnswer != nil {
		p.OnAnswer(p)
	}
}

// Unanswered is how many messages wait for their answer.
func (p *Publisher) Unanswered() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.unanswered
}

// Sent is how many messages were sent.
func (p *Publisher) Sent() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.sent)
}

// Record has the times to the answers noted from now on.
func (p *Publisher) Record(to *report.Lane) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers = to
}

// Repeat sends again what was not answered, with the same request ids.
func (p *Publisher) Repeat() error {
	p.mu.Lock()
	open := map[uint64]int64{}
	for counter := range p.sent {
		if m := &p.sent[counter]; !m.answered {
			open[uint64(counter)] = m.due
		}
	}
	p.repeated = p.repeated || len(open) > 0
	p.mu.Unlock()
	for _, counter := range slices.Sorted(maps.Keys(open)) {
		if err := p.c.sendRaw(p.request(counter, open[counter])); err != nil {
			return err
		}
	}
	return nil
}
