package protocol

// skip reads over one value of any sort.
func (s *scanner) skip(depth int) *jsonError {
	if depth > maxDepth {
		return badSyntax("nested too deep")
	}
	switch c := s.peek(); {
	case c == '"':
		_, err := s.text()
		return err
	case c == '{':
		return s.object(depth, func([]byte) *jsonError { return s.skip(depth + 1) })
	case c == '[':
		return s.array(depth, func(int) *jsonError { return s.skip(depth + 1) })
	case c == '-' || c >= '0' && c <= '9':
		return s.skipNumber()
	}
	if s.word() == "" {
		return badSyntax("malformed value")
	}
	return nil
}

func (s *scanner) skipNumber() *jsonError {
	for ; s.pos < len(s.data); s.pos++ {
		switch c := s.data[s.pos]; {
		case c >= '0' && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
		default:
			return nil
		}
	}
	return nil
}

// object reads an object and calls field at each value; the key is valid
// until the next token is read.
func (s *scanner) object(depth int, field func(key []byte) *jsonError) *jsonError {
	if !s.take('{') {
		return badValue("must be an object")
	}
	if depth > maxDepth {
		return badSyntax("nested too deep")
	}
	for first := true; !s.take('}'); first = false {
		if !first && !s.take(',') || s.peek() != '"' {
			return badSyntax("malformed object")
		}
		key, err := s.text()
		if err != nil {
			return err
		}
		if !s.take(':') {
			return badSyntax("malformed object")
		}
		if err := field(key); err != nil {
			return err
		}
	}
	return nil
}

// array reads an array and calls item at each value.
func (s *scanner) array(depth int, item func(i int) *jsonError) *jsonError {
	if !s.take('[') {
		return badValue("must be a list")
	}
	if depth > maxDepth {
		return badSyntax("nested too deep")
	}
	for i := 0; !s.take(']'); i++ {
		if i > 0 && !s.take(',') {
			return badSyntax("malformed list")
		}
		if err := item(i); err != nil {
			return err
		}
	}
	return nil
}
