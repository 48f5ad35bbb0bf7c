//go:build linux

package swarm

// Tally counts what came.
type Tally struct {
	Messages  uint64 `json:"messages"`
	Tips      uint64 `json:"tips"`
	Own       uint64 `json:"own"` // numbers that the answers to own messages stood for
	Bytes     uint64 `json:"bytes"`
	Reads     uint64 `json:"reads"`
	Lost      uint64 `json:"lost"`
	Doubled   uint64 `json:"doubled"`
	Changed   uint64 `json:"changed"`
	Reordered uint64 `json:"reordered"`
	Foreign   uint64 `json:"foreign"`
	// Skipped are numbers that were left out by name, Wrong those named wrongly.
	Skipped uint64 `json:"skipped"`
	Wrong   uint64 `json:"skipped_wrongly"`
	Gaps    uint64 `json:"gaps"`
	Gapped  uint64 `json:"gapped"` // numbers that gaps named
	Reread  uint64 `json:"reread"` // of them, those read from the history
	Lagging uint64 `json:"lagging"`
	Levels  uint64 `json:"level_changes"`
	Ended   uint64 `json:"connections_ended"`
	// Of connections that come back: Waited were told by close 1001 how long to
	// wait, Resumed logged in with their ticket, Refused were refused with it,
	// Tokens logged in with the token.
	Waited  uint64 `json:"waited"`
	Resumed uint64 `json:"resumed"`
	Refused uint64 `json:"tickets_refused"`
	Tokens  uint64 `json:"with_token"`
}

func (t *Tally) add(o *Tally) {
	t.Messages += o.Messages
	t.Tips += o.Tips
	t.Own += o.Own
	t.Bytes += o.Bytes
	t.Reads += o.Reads
	t.Lost += o.Lost
	t.Doubled += o.Doubled
	t.Changed += o.Changed
	t.Reordered += o.Reordered
	t.Foreign += o.Foreign
	t.Skipped += o.Skipped
	t.Wrong += o.Wrong
	t.Gaps += o.Gaps
	t.Gapped += o.Gapped
	t.Reread += o.Reread
	t.Lagging += o.Lagging
	t.Levels += o.Levels
	t.Ended += o.Ended
	t.Waited += o.Waited
	t.Resumed += o.Resumed
	t.Refused += o.Refused
	t.Tokens += o.Tokens
}
