package actors

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"sync"

	"github.com/troupe-im/troupe/group"
)

// refusal is why a resume ticket is not accepted; its text is what clients
// read in details.cause.
type refusal string

// The refusals, in the order in which they are looked for. resumed is none.
const (
	resumed         refusal = ""
	ticketMalformed refusal = "malformed"
	ticketBoot      refusal = "boot"
	ticketDevice    refusal = "device"
	ticketExpired   refusal = "expired"
	ticketUsed      refusal = "used"
	ticketRevoked   refusal = "revoked"
)

// tickets gives and takes resume tickets (spec 19.12). It reads no storage and
// knows no clock. A mutex, because sessions and registries call it at once and
// an answer by message would cost more than the microsecond that a call takes.
type tickets struct {
	life int64 // ms; 0 = none are given

	// mu guards all of the rest.
	mu  sync.Mutex
	key []byte
	mac hash.Hash
	buf []byte // of the ticket in hand
	// boot names the key. It and the numbers go on over orderly restarts and
	// begin anew after any other end.
	boot, last uint64
	// at is the newest moment seen: were time to go back, used tickets that
	// have been forgotten would be good again.
	at      int64
	used    usedTickets
	revoked revokedDevices
	// sealed: the state was saved, so nothing may change it.
	sealed bool
}

// newTickets begins a boot; life is in ms.
func newTickets(life int64) *tickets {
	t := &tickets{life: life}
	var random [8 + sha256.Size]byte
	_, _ = rand.Read(random[:]) // never fails
	t.begin(binary.BigEndian.Uint64(random[:8]), random[8:])
	return t
}

func (t *tickets) begin(boot uint64, key []byte) {
	t.boot, t.key, t.mac = boot, key, hmac.New(sha256.New, key)
}

// pass takes the time on; mu is held.
func (t *tickets) pass(now int64) {
	if t.at < now {
		t.at = now
		t.used.forget(now)
		t.revoked.forget(now)
	}
}

// issue signs a ticket for who logged in at now; g names user, device, app and
// the token's times. "" if none is given.
func (t *tickets) issue(g *ticket, now int64) (text string, expires int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pass(now)
	if expires = t.at + t.life; g.until != 0 {
		expires = min(expires, g.until)
	}
	if t.sealed || expires <= t.at {
		return "", 0
	}
	t.last++
	g.boot, g.id, g.expires = t.boot, t.last, expires
	t.used.issued(g.id, expires)
	t.buf = appendTicket(t.buf[:0], g)
	t.buf = append(t.buf, t.sign(t.buf)...)
	if text = ticketText.EncodeToString(t.buf); len(text) > maxTicket {
		return "", 0 // an application's name of a kilobyte
	}
	return text, expires
}

// sign gives the signature of b; mu is held.
func (t *tickets) sign(b []byte) []byte {
	t.mac.Reset()
	_, _ = t.mac.Write(b)
	return t.mac.Sum(nil)[:ticketMAC]
}

// redeem takes a ticket that a device shows at now, once. A refused one is not
// used up.
func (t *tickets) redeem(text, app string, user group.UserID, device string, now int64) (ticket, refusal) {
	raw, err := ticketText.DecodeString(text)
	if err != nil || len(text) > maxTicket || len(raw) < ticketMAC {
		return ticket{}, ticketMalformed
	}
	body, mac := raw[:len(raw)-ticketMAC], raw[len(raw)-ticketMAC:]
	g, ok := parseTicket(body)
	if !ok {
		return ticket{}, ticketMalformed
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pass(now)
	switch {
	case g.boot != t.boot || t.sealed:
		return ticket{}, ticketBoot
	case !hmac.Equal(mac, t.sign(body)):
		return ticket{}, ticketMalformed
	case g.app != app || g.user != user || g.device != device:
		return ticket{}, ticketDevice
	case t.at >= g.expires:
		return ticket{}, ticketExpired
	case t.used.has(g.id):
		return ticket{}, ticketUsed
	case t.revoked.has(user, device, g.id):
		return ticket{}, ticketRevoked
	}
	t.used.add(g.id)
	return g, resumed
}

// revoke makes worthless all tickets given so far to a user's device; device
// "" = to any device of the user.
func (t *tickets) revoke(user group.UserID, device string, now int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pass(now)
	if t.life > 0 && !t.sealed {
		t.revoked.add(user, device, t.last, t.at+t.life)
	}
}
