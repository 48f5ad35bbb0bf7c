package persistence

import "github.com/troupe-im/troupe/group"

// TallyEvery is how many numbers of a stream are counted together: with each
// number that it divides, [RowsOf] has the messages since the last tally added
// to their senders' counters. So a message writes no row of its own, and a
// reader looks through fewer than so many entries (see [SentCount]).
const TallyEvery = 32

// tallied is the number up to which a stream's messages are in the counters.
func tallied(tx Tx, s group.StreamID) group.Seq {
	return group.Seq(Uint64(tx.Get(TableSent, StreamKey(s))))
}

// own is what one member has sent since its latest joining.
type own struct {
	user   group.UserID
	joined group.Position
	n      uint64
}

// counts reports whether a message is the member's and of this membership. Who
// spoke without being a member is not counted (spec 19.17 b).
func (o *own) counts(h *Header) bool {
	return h.Message && h.Sender == o.user && h.SenderRole != group.NoRole && h.Position > o.joined
}

// tally adds the messages that are not in the counters yet, up to a number.
func tally(tx WriteTx, s group.StreamID, upTo group.Seq) {
	from := tallied(tx, s)
	if upTo <= from {
		return
	}
	var senders []own
	headers(tx, s, from+1, upTo, func(h *Header) {
		if h.Message && h.SenderRole != group.NoRole {
			senders = count(tx, s, senders, h)
		}
	})
	for i := range senders {
		if o := &senders[i]; o.n > 0 {
			addCount(tx, &RowOp{Table: TableSent, Key: StreamUserKey(s, o.user), Delta: int64(o.n)})
		}
	}
	tx.Put(TableSent, StreamKey(s), Uint64Value(uint64(upTo)))
}

// count adds a message to its sender's, who may be new among the senders.
func count(tx Tx, s group.StreamID, senders []own, h *Header) []own {
	for i := range senders {
		if o := &senders[i]; o.user == h.Sender {
			if o.counts(h) {
				o.n++
			}
			return senders
		}
	}
	o := own{user: h.Sender, joined: ^group.Position(0)}
	if row, ok, err := Membership(tx, h.Sender, s); ok && err == nil {
		o.joined = row.JoinPosition
	}
	if o.counts(h) {
		o.n = 1
	}
	return append(senders, o)
}

// SentCount is the number of messages that a member has sent in a group since
// its latest joining (spec 19.17 b); row is its membership.
func SentCount(tx Tx, row *MemberRow, user group.UserID) uint64 {
	o := own{user: user, joined: row.JoinPosition, n: Uint64(tx.Get(TableSent, StreamUserKey(row.Stream, user)))}
	headers(tx, row.Stream, tallied(tx, row.Stream)+1, ^group.Seq(0), func(h *Header) {
		if o.counts(h) {
			o.n++
		}
	})
	return o.n
}

// headers calls fn with the headers of the numbered entries from ≤ seq ≤ to.
// One that cannot be read counts for nobody: it must not keep others from being
// stored or removed, and whoever loads the stream meets it.
func headers(tx Tx, s group.StreamID, from, to group.Seq, fn func(*Header)) {
	_ = tx.Range(s, from, to, false, func(e Entry) bool {
		if h, err := DecodeHeader(e.Data); err == nil {
			fn(&h)
		}
		return true
	})
}
