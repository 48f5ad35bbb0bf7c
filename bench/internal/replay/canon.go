package replay

import (
	"hash/maphash"
	"strconv"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// seed makes hashes of one process comparable.
var seed = maphash.MakeSeed()

// Hash stands for what a receiver sees of an event: everything but its time
// and number.
type Hash uint64

func hashOf(canonical []byte) Hash { return Hash(maphash.Bytes(seed, canonical)) }

// canon writes values one after another so that different values give
// different bytes.
type canon []byte

func (c canon) str(s string) canon {
	c = strconv.AppendInt(c, int64(len(s)), 10)
	c = append(c, ':')
	return append(c, s...)
}

func (c canon) num(n uint64) canon { return append(strconv.AppendUint(c, n, 10), ',') }

// hashMessage is the hash of a text message in the group.
func hashMessage(groupID, sender, nameCard string, random uint32, text string) Hash {
	c := make(canon, 0, 64+len(text))
	return hashOf(append(c, 'm').str(groupID).str(sender).str(nameCard).num(uint64(random)).num(1).str(text))
}

// tip is what the model says of a tip.
type tip struct {
	kind     uint32
	operator string
	users    []string
	method   troupev1.JoinMethod
	reason   string
	nameCard string
}

func (t tip) hash(groupID string) Hash {
	c := append(make(canon, 0, 128), 't').str(groupID).num(uint64(t.kind)).str(t.operator)
	c = c.num(uint64(t.method)).str(t.reason).num(uint64(len(t.users)))
	for _, u := range t.users {
		c = c.str(u)
	}
	if t.kind == tipMember {
		c = c.num(1).str(t.operator).str(t.nameCard)
	} else {
		c = c.num(0)
	}
	return hashOf(c)
}

// Tip types (spec 14.1).
const (
	tipJoin   = 1
	tipQuit   = 2
	tipMember = 7
)

// hashFrame is the hash of a message or tip as it was received.
func hashFrame(m *troupev1.Message) Hash {
	id := m.GetConversation().GetId()
	elements := m.GetElements()
	if len(elements) == 1 && elements[0].GetGroupTip() != nil {
		return hashTip(id, elements[0].GetGroupTip())
	}
	c := make(canon, 0, 256)
	c = append(c, 'm').str(id).str(m.GetSenderId()).str(m.GetSender().GetNameCard())
	c = c.num(uint64(m.GetRandom())).num(uint64(len(elements)))
	for _, e := range elements {
		c = c.str(e.GetText().GetText())
	}
	return hashOf(c)
}

func hashTip(conversation string, t *troupev1.GroupTip) Hash {
	c := append(make(canon, 0, 128), 't').str(conversation).num(uint64(t.GetTipType())).str(t.GetOperatorId())
	operator := len(t.GetUsers())
	if t.GetTipType() != tipMember && int(t.GetUserCount()) != operator {
		operator = -1 // the true number differs from what is listed
	}
	users := t.GetUsers()
	if t.GetTipType() == tipMember {
		users = nil
		operator = 0
	}
	c = c.num(uint64(t.GetJoinMethod())).str(t.GetReason()).num(uint64(operator))
	for _, u := range users {
		c = c.str(u.GetUserId())
	}
	c = c.num(uint64(len(t.GetMembers())))
	for _, m := range t.GetMembers() {
		c = c.str(m.GetUserId()).str(m.GetNameCard())
	}
	return hashOf(c)
}

// hashNotice is the hash of a system notice.
func hashNotice(kind uint32, groupID, operator string) Hash {
	return hashOf(append(make(canon, 0, 64), 'n').num(uint64(kind)).str(groupID).str(operator))
}
