package replay

// letters make texts; what they say does not matter, that they differ does.
const letters = "abcdefghijklmnopqrstuvwxyz-ETAOIN"

// text is a message of the recorded length that differs from its neighbours. A
// reply opens with the name of whom it answers. An empty message is one byte.
func (p *Player) text(l *Line) string {
	n := max(l.Bytes, 1)
	text := make([]byte, 0, n+64)
	if l.ReplyTo >= 0 {
		text = append(append(append(text, '@'), p.userID(l.ReplyTo)...), ": "...)
	}
	x := uint64(p.sends)*0x9e3779b97f4a7c15 + uint64(len(p.group))
	for len(text) < n {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		text = append(text, letters[x%uint64(len(letters))])
	}
	return string(text[:n])
}
