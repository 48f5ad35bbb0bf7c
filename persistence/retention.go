package persistence

import (
	"sort"

	"github.com/troupe-im/troupe/group"
)

// Keeping of history (spec 10.4).
const (
	// HistoryLife is how long an entry of a group's history is shown, in ms.
	HistoryLife group.Millis = 30 * 24 * 3600 * 1000
	// HistoryMax is the number of newest numbers kept per group.
	HistoryMax = 100_000
	// forgetAfter is how long the entries of a dismissed group are still kept,
	// so that a repeated dismissal finds its answer (spec 18.5).
	forgetAfter group.Millis = 3600 * 1000
)

// OldestKept is the lowest number of a stream's history that may still be
// shown: not older than 30 days, not below the newest 100 000, and stored. It
// is the newest number plus one if there is none.
func OldestKept(tx Tx, s group.StreamID, now group.Millis) (group.Seq, error) {
	newest := tx.Head(s).Seq
	oldest, fault := newest+1, error(nil)
	err := tx.Range(s, 1, newest, false, func(e Entry) bool {
		oldest = e.Seq
		return false
	})
	if err != nil {
		return 0, err
	}
	if newest > HistoryMax {
		oldest = max(oldest, newest-HistoryMax+1)
	}
	// Times never fall within a stream, so the first young entry can be sought.
	n := sort.Search(int(newest+1-oldest), func(i int) bool {
		young := true
		err := tx.Range(s, oldest+group.Seq(i), newest, false, func(e Entry) bool {
			h, err := DecodeHeader(e.Data)
			fault = first(fault, err)
			young = h.Time+HistoryLife > now
			return false
		})
		fault = first(fault, err)
		return young
	})
	return oldest + group.Seq(n), fault
}

func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
