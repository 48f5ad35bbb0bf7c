package actors

import (
	"encoding/base64"
	"encoding/binary"

	"github.com/troupe-im/troupe/group"
)

// ticket is what a resume ticket says (spec 19.12). Times are in ms.
type ticket struct {
	// boot names the key, id the ticket: they count from 1.
	boot, id uint64
	expires  int64
	// issued and until are of the token that the ticket goes back to; 0 = it
	// does not say, and has no end.
	issued, until int64
	app, device   string
	user          group.UserID
}

const (
	ticketVersion = 1
	// ticketMAC is the length of the signature: half of what HMAC-SHA256 gives.
	ticketMAC = 16
	// maxTicket bounds the text of a ticket: three names of at most 64 bytes,
	// or an application's name somewhat longer.
	maxTicket = 1024
)

var ticketText = base64.RawURLEncoding.Strict()

// appendTicket writes a ticket without its signature.
func appendTicket(b []byte, t *ticket) []byte {
	b = append(b, ticketVersion)
	b = binary.BigEndian.AppendUint64(b, t.boot)
	b = binary.AppendUvarint(b, t.id)
	for _, at := range [...]int64{t.expires, t.issued, t.until} {
		b = binary.AppendVarint(b, at)
	}
	for _, s := range [...]string{t.app, string(t.user), t.device} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return b
}

// parseTicket reads what appendTicket wrote; false if it is none.
func parseTicket(b []byte) (t ticket, ok bool) {
	if len(b) < 9 || b[0] != ticketVersion {
		return t, false
	}
	t.boot = binary.BigEndian.Uint64(b[1:9])
	r := ticketReader{rest: b[9:]}
	t.id = r.uvarint()
	t.expires, t.issued, t.until = r.varint(), r.varint(), r.varint()
	t.app, t.user, t.device = r.text(), group.UserID(r.text()), r.text()
	return t, !r.bad && len(r.rest) == 0
}

// ticketReader takes the parts of a ticket; bad once one was cut short.
type ticketReader struct {
	rest []byte
	bad  bool
}

func (r *ticketReader) advance(n int) {
	if n <= 0 {
		r.bad, n = true, len(r.rest)
	}
	r.rest = r.rest[n:]
}

func (r *ticketReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	r.advance(n)
	return v
}

func (r *ticketReader) varint() int64 {
	v, n := binary.Varint(r.rest)
	r.advance(n)
	return v
}

func (r *ticketReader) text() string {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.bad = true
		return ""
	}
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}
