package replay

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/troupe-im/troupe/bench/internal/load"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Options of a run.
type Options struct {
	// Patience is how long a receiver may take to get what is due when its
	// streams have ended; what has not come by then is lost.
	Patience time.Duration
	Tamper   Tamper
}

// Player plays one excerpt as one group, one operation at a time.
type Player struct {
	target  *load.Target
	options *Options
	stats   *Stats
	excerpt int
	group   string
	room    *Transcript

	// Owned by Play.
	owner   *presence
	present map[int]*presence
	inboxes map[string]*Transcript
	cards   map[string]string
	leaving map[string]chan struct{}
	sends   uint32

	leavers sync.WaitGroup
}

// presence is a user's connection from its join to its leave.
type presence struct {
	*Receiver
	session *load.Session
	user    string
	tamper  tampering
}

// NewPlayer makes the player of an excerpt.
func NewPlayer(target *load.Target, options *Options, stats *Stats, excerpt int) *Player {
	return &Player{
		target: target, options: options, stats: stats, excerpt: excerpt, group: fmt.Sprintf("%s-%d", target.Run, excerpt), room: &Transcript{},
		present: map[int]*presence{}, inboxes: map[string]*Transcript{}, cards: map[string]string{},
		leaving: map[string]chan struct{}{},
	}
}

// Play plays the excerpt to its end and closes all accounts. An error ends it
// early; what was due until then is judged all the same.
func (p *Player) Play(ctx context.Context, e *Excerpt) error {
	err := p.open(ctx)
	for i := 0; err == nil && i < len(e.Lines); i++ {
		err = p.act(ctx, &e.Lines[i])
	}
	p.leavers.Wait()
	if p.owner != nil {
		p.settle(p.owner)
	}
	var all sync.WaitGroup
	for _, one := range p.present {
		all.Go(func() { p.settle(one) })
	}
	all.Wait()
	if err == nil {
		p.stats.Excerpts.Add(1)
	}
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("group %s: %w", p.group, err)
		p.stats.fault(err.Error())
	}
	return err
}

// open makes the group. Its owner says nothing and hears everything.
func (p *Player) open(ctx context.Context) error {
	user := p.group + "-owner"
	p.inbox(user).Expect(hashNotice(6, p.group, user), "")
	one, err := p.connect(ctx, user, 1, p.inbox(user).Last())
	if err != nil {
		return err
	}
	p.owner = one
	p.stats.inForce(one.session.Login.GetLimits().GetProfile())
	_, err = p.ask(ctx, one, &troupev1.Request{Op: &troupev1.Request_CreateGroup{CreateGroup: &troupev1.CreateGroup{
		Kind: troupev1.Kind_KIND_MEETING, GroupId: p.group, Name: "recorded chat",
	}}})
	return err
}

// connect brings a user online; first and inbox are the numbers that it gets
// first.
func (p *Player) connect(ctx context.Context, user string, first, inbox uint64) (*presence, error) {
	if gone := p.leaving[user]; gone != nil {
		<-gone // an old connection of the user would hear the new membership
		delete(p.leaving, user)
	}
	one := &presence{Receiver: NewReceiver(p.group, user, p.room, first, p.inbox(user), inbox), user: user,
		tamper: tampering{way: p.options.Tamper}}
	session, err := p.target.Connect(ctx, user, func(e *troupev1.Event) { p.hear(one, e) })
	if err != nil {
		return nil, err
	}
	one.session = session
	if err := session.AttachLive(ctx); err != nil {
		session.Close()
		return nil, err
	}
	return one, nil
}

func (p *Player) hear(one *presence, e *troupev1.Event) {
	switch {
	case e.GetLagging() != nil:
		p.stats.fault(one.user + " was too slow for the queue of the profile in force")
		return
	case e.GetKickedOffline() != nil:
		p.stats.fault(one.user + " was kicked offline: " + e.GetKickedOffline().GetReason())
		return
	}
	for _, e := range one.tamper.pass(e) {
		if at := one.Take(e); !at.IsZero() {
			p.stats.heard(p.excerpt, time.Since(at))
		}
	}
}

func (p *Player) inbox(user string) *Transcript {
	t := p.inboxes[user]
	if t == nil {
		t = &Transcript{}
		p.inboxes[user] = t
	}
	return t
}

// act plays one line. Whoever acts while absent joins first.
func (p *Player) act(ctx context.Context, l *Line) error {
	one := p.present[l.User]
	if one == nil {
		var err error
		if one, err = p.join(ctx, l.User); err != nil || one == nil {
			return err
		}
	}
	switch l.Kind {
	case Message:
		return p.say(ctx, one, l)
	case Leave:
		return p.leave(ctx, one, l.User)
	case Rename:
		return p.rename(ctx, one)
	}
	return nil // a join of somebody present is a join no more
}

func (p *Player) userID(number int) string { return p.group + "-" + strconv.Itoa(number) }

func (p *Player) join(ctx context.Context, number int) (*presence, error) {
	user := p.userID(number)
	one, err := p.connect(ctx, user, p.room.Last()+1, p.inbox(user).Last()+1)
	if err != nil {
		return nil, err
	}
	p.room.Expect(tip{kind: tipJoin, operator: user, users: []string{user}, method: troupev1.JoinMethod_JOIN_METHOD_SELF}.hash(p.group), "")
	a, err := p.ask(ctx, one, &troupev1.Request{Op: &troupev1.Request_JoinGroup{JoinGroup: &troupev1.JoinGroup{GroupId: p.group}}})
	if err == nil && a.GetJoinGroup().GetOutcome() != troupev1.Outcome_OUTCOME_JOINED {
		err = fmt.Errorf("join_group: outcome %s", a.GetJoinGroup().GetOutcome())
	}
	if err != nil {
		p.room.Refused()
		one.session.Close()
		return nil, p.giveUp(err)
	}
	p.present[number] = one
	return one, nil
}

func (p *Player) say(ctx context.Context, one *presence, l *Line) error {
	p.sends++
	random, text := p.sends, p.text(l)
	seq := p.room.Expect(hashMessage(p.group, one.user, p.cards[one.user], random, text), one.user)
	a, err := p.ask(ctx, one, &troupev1.Request{Op: &troupev1.Request_SendMessage{SendMessage: &troupev1.SendMessage{
		Conversation: &troupev1.Conversation{Type: troupev1.ConversationType_CONVERSATION_TYPE_GROUP, Id: p.group},
		Elements:     []*troupev1.Element{{Element: &troupev1.Element_Text{Text: &troupev1.Text{Text: text}}}},
		Random:       &random,
	}}})
	if err != nil {
		p.room.Refused()
		return p.giveUp(err)
	}
	if got := a.GetSendMessage().GetSeq(); got != seq {
		p.stats.fault(fmt.Sprintf("group %s: message %d was given number %d", p.group, seq, got))
	}
	return nil
}

func (p *Player) rename(ctx context.Context, one *presence) error {
	p.sends++
	card := "n" + strconv.FormatUint(uint64(p.sends), 36)
	p.room.Expect(tip{kind: tipMember, operator: one.user, nameCard: card}.hash(p.group), "")
	_, err := p.ask(ctx, one, &troupev1.Request{Op: &troupev1.Request_SetNameCard{SetNameCard: &troupev1.SetNameCard{
		GroupId: p.group, NameCard: card,
	}}})
	if err != nil {
		p.room.Refused()
		return p.giveUp(err)
	}
	p.cards[one.user] = card
	return nil
}

func (p *Player) leave(ctx context.Context, one *presence, number int) error {
	p.room.Expect(tip{kind: tipQuit, operator: one.user, users: []string{one.user}, reason: "leave"}.hash(p.group), "")
	p.inbox(one.user).Expect(hashNotice(8, p.group, one.user), "")
	one.End()
	_, err := p.ask(ctx, one, &troupev1.Request{Op: &troupev1.Request_LeaveGroup{LeaveGroup: &troupev1.LeaveGroup{GroupId: p.group}}})
	if err != nil {
		p.room.Refused()
		p.inbox(one.user).Refused()
		one.GoOn()
		return p.giveUp(err)
	}
	delete(p.present, number)
	delete(p.cards, one.user)
	gone := make(chan struct{})
	p.leaving[one.user] = gone
	p.leavers.Go(func() {
		defer close(gone)
		p.settle(one)
	})
	return nil
}

// settle waits for what a receiver still has to get, and closes its account.
func (p *Player) settle(one *presence) {
	one.End()
	timeout := time.NewTimer(p.options.Patience)
	defer timeout.Stop()
	select {
	case <-one.Done():
	case <-one.session.Ended():
		p.stats.fault("connection lost: " + fmt.Sprint(one.session.Err()))
	case <-timeout.C:
	}
	one.session.Close()
	p.stats.add(one.Finish())
}
