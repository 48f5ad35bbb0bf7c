package wire

// Version is the leading byte of every stored value.
const Version = 1

// Body strips the version byte; ErrMalformed if it is another one.
func Body(b []byte) ([]byte, error) {
	if len(b) == 0 || b[0] != Version {
		return nil, ErrMalformed
	}
	return b[1:], nil
}
