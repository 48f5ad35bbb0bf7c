package protocol

import (
	"unicode/utf16"
	"unicode/utf8"
)

// jsonError is what is wrong with a text. A wrong value of a known field is
// a fault of that parameter, everything else one of the request.
type jsonError struct {
	value bool
	path  string
	text  string
}

func badSyntax(text string) *jsonError { return &jsonError{text: text} }
func badValue(text string) *jsonError  { return &jsonError{value: true, text: text} }

// in says inside which field the error is.
func (e *jsonError) in(step string) *jsonError {
	switch {
	case e.path == "":
		e.path = step
	case e.path[0] == '[':
		e.path = step + e.path
	default:
		e.path = step + "." + e.path
	}
	return e
}

// scanner reads JSON tokens, strictly: valid UTF-8, no lone surrogates, no
// control characters in strings.
type scanner struct {
	data []byte
	pos  int
}

func (s *scanner) blanks() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// peek skips blanks and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	s.blanks()
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

// more skips blanks and reports whether anything is left. (A zero byte in the
// data is left, and wrong.)
func (s *scanner) more() bool {
	s.blanks()
	return s.pos < len(s.data)
}

// take consumes c if it is next.
func (s *scanner) take(c byte) bool {
	if s.peek() == c && s.pos < len(s.data) {
		s.pos++
		return true
	}
	return false
}

// text reads a string. The slice is part of the data if nothing was escaped.
func (s *scanner) text() ([]byte, *jsonError) {
	if s.peek() != '"' {
		return nil, badValue("must be a string")
	}
	s.pos++
	start, ascii := s.pos, true
	for ; s.pos < len(s.data); s.pos++ {
		switch c := s.data[s.pos]; {
		case c == '"':
			out := s.data[start:s.pos]
			s.pos++
			if !ascii && !utf8.Valid(out) {
				return nil, badSyntax("text is not UTF-8")
			}
			return out, nil
		case c == '\\':
			return s.escaped(start)
		case c < ' ':
			return nil, badSyntax("control character in a string")
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return nil, badSyntax("string without end")
}

// escaped reads on from the first backslash of a string that began at start.
func (s *scanner) escaped(start int) ([]byte, *jsonError) {
	out := append(make([]byte, 0, 2*(s.pos-start)+16), s.data[start:s.pos]...)
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		s.pos++
		switch {
		case c == '"':
			if !utf8.Valid(out) {
				return nil, badSyntax("text is not UTF-8")
			}
			return out, nil
		case c == '\\':
			var err *jsonError
			if out, err = s.escape(out); err != nil {
				return nil, err
			}
		case c < ' ':
			return nil, badSyntax("control character in a string")
		default:
			out = append(out, c)
		}
	}
	return nil, badSyntax("string without end")
}

func (s *scanner) escape(out []byte) ([]byte, *jsonError) {
	if s.pos == len(s.data) {
		return nil, badSyntax("string without end")
	}
	c := s.data[s.pos]
	s.pos++
	switch c {
	case '"', '\\', '/':
		return append(out, c), nil
	case 'b':
		return append(out, '\b'), nil
	case 'f':
		return append(out, '\f'), nil
	case 'n':
		return append(out, '\n'), nil
	case 'r':
		return append(out, '\r'), nil
	case 't':
		return append(out, '\t'), nil
	case 'u':
		r := s.hex4()
		if utf16.IsSurrogate(r) && s.pos+1 < len(s.data) && s.data[s.pos] == '\\' && s.data[s.pos+1] == 'u' {
			s.pos += 2
			r = utf16.DecodeRune(r, s.hex4())
		}
		if r < 0 || r == utf8.RuneError || utf16.IsSurrogate(r) {
			return nil, badSyntax("bad \\u escape")
		}
		return utf8.AppendRune(out, r), nil
	}
	return nil, badSyntax("bad escape in a string")
}

// hex4 reads four hexadecimal digits, -1 if there are none.
func (s *scanner) hex4() rune {
	if s.pos+4 > len(s.data) {
		return -1
	}
	var r rune
	for _, c := range s.data[s.pos : s.pos+4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return -1
		}
	}
	s.pos += 4
	return r
}

// integer reads a whole number: its sign and amount.
func (s *scanner) integer() (negative bool, n uint64, err *jsonError) {
	if c := s.peek(); c != '-' && (c < '0' || c > '9') {
		return false, 0, badValue("must be a whole number")
	}
	if negative = s.data[s.pos] == '-'; negative {
		s.pos++
	}
	start := s.pos
	for ; s.pos < len(s.data) && s.data[s.pos] >= '0' && s.data[s.pos] <= '9'; s.pos++ {
		d := uint64(s.data[s.pos] - '0')
		if n > (1<<64-1-d)/10 {
			return false, 0, badValue("out of range")
		}
		n = n*10 + d
	}
	switch {
	case s.pos == start || s.pos > start+1 && s.data[start] == '0':
		return false, 0, badSyntax("malformed number")
	case s.pos < len(s.data) && (s.data[s.pos] == '.' || s.data[s.pos] == 'e' || s.data[s.pos] == 'E'):
		return false, 0, badValue("must be a whole number")
	}
	return negative, n, nil
}

// word reads true, false or null; "" if none of them is next.
func (s *scanner) word() string {
	s.blanks()
	for _, w := range [...]string{"true", "false", "null"} {
		if len(s.data)-s.pos >= len(w) && string(s.data[s.pos:s.pos+len(w)]) == w {
			s.pos += len(w)
			return w
		}
	}
	return ""
}
