package group

// A budget's credit, in thousandths of a message and of a byte: so many come
// back each millisecond as the budget has units a second.

func (s *Shedder[T]) fullMessages() int64 { return int64(s.budget.Messages) * savedMillis }
func (s *Shedder[T]) fullBytes() int64    { return int64(s.budget.Bytes) * savedMillis }

// earn moves on to a moment; it never goes back.
func (s *Shedder[T]) earn(at Millis) {
	if at <= s.at {
		return
	}
	// So long fills any credit, and no product below overflows.
	const most = 1 << 30
	passed := min(int64(at-s.at), most)
	s.at = at
	s.messages = min(s.fullMessages(), s.messages+passed*int64(s.budget.Messages))
	s.bytes = min(s.fullBytes(), s.bytes+passed*int64(s.budget.Bytes))
}

// need is the credit in bytes that a message must find. One that is larger
// than all that can be saved up passes with full credit, and the room then
// owes the rest.
func (s *Shedder[T]) need(bytes int64) int64 { return min(bytes*1000, s.fullBytes()) }

func (s *Shedder[T]) covers(bytes int64) bool {
	return s.messages >= 1000 && s.bytes >= s.need(bytes)
}

// lacks is after how many ms the credit covers a message.
func (s *Shedder[T]) lacks(bytes int64) Millis {
	return Millis(max(
		ceilDiv(1000-s.messages, int64(s.budget.Messages)),
		ceilDiv(s.need(bytes)-s.bytes, int64(s.budget.Bytes)),
		0,
	))
}

// short is the half of the budget that is used up.
func (s *Shedder[T]) short() ShedCause {
	if s.messages < 1000 {
		return ShedMessages
	}
	return ShedBytes
}

// ceilDiv divides by b > 0, rounded up; 0 if a is not above 0.
func ceilDiv(a, b int64) int64 {
	if a <= 0 {
		return 0
	}
	return (a + b - 1) / b
}
