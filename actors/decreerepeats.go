package actors

import (
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Repeated set_ban, lift_ban and revoke_tokens get the first answer again (spec
// 18.5): it is kept in the audit entry, or, of a call that has none, beside the
// revocation.

// firstAnswer is what a request was answered, encoded.
type firstAnswer struct {
	at   group.Millis
	data []byte
}

// load reads what holds, and what was answered lately.
func (d *decrees) load(tx persistence.Tx) error {
	if err := d.sys.loadAuthority(tx); err != nil {
		return err
	}
	d.answers = map[uint64]firstAnswer{}
	since := group.Millis(d.sys.now()) - d.window()
	err := persistence.AuditAnswers(tx, since, d.window(), func(e *persistence.AuditEntry) {
		d.remember(requestHash(e.Actor, e.Request), e.Time, e.Answer)
	})
	if err != nil {
		return err
	}
	return persistence.Revocations(tx, func(v *persistence.Revocation) {
		for _, q := range v.Requests {
			if q.Time >= since {
				d.remember(q.Request, q.Time, encodeAnswer(revoked(q.NotBefore)))
			}
		}
	})
}

func (d *decrees) window() group.Millis { return group.Millis(d.sys.limits.DedupeMillis) }

func (d *decrees) remember(request uint64, at group.Millis, data []byte) {
	d.answers[request] = firstAnswer{at, data}
}

// repeated answers a request that was met before.
func (d *decrees) repeated(c *decreeCall, now group.Millis) bool {
	if now-d.swept > d.window() {
		d.swept = now
		for hash, first := range d.answers {
			if now-first.at > d.window() {
				delete(d.answers, hash)
			}
		}
	}
	first, met := d.answers[requestHash(c.session.user, c.req.GetRequestId())]
	if !met || now-first.at > d.window() {
		return false
	}
	a := new(troupev1.Answer)
	if err := proto.Unmarshal(first.data, a); err != nil {
		d.sys.fault("decode answer", err)
		return false
	}
	d.answer(c, a)
	return true
}

func (d *decrees) answer(c *decreeCall, result *troupev1.Answer) {
	a := proto.Clone(result).(*troupev1.Answer)
	a.RequestId, a.Code = c.req.GetRequestId(), codeOK()
	c.session.answer(a)
}

// encodeAnswer cannot fail: the answers of decrees hold ids and numbers.
func encodeAnswer(a *troupev1.Answer) []byte {
	data, _ := proto.Marshal(a)
	return data
}
