package engine

// PrefixEnd is the first key above all keys with a prefix; nil if there is none.
func PrefixEnd(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			end := clone(prefix[:i+1])
			end[i]++
			return end
		}
	}
	return nil
}
