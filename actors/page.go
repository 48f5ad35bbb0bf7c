package actors

import "github.com/troupe-im/troupe/protocol"

// listPage is how many entries a page of a list has if the request names none.
const listPage = 50

// pageOf says where a page begins and how many entries it has: those the request
// names, or else so many.
func pageOf(cursor string, count *uint32, otherwise int) (from uint64, n int, e *protocol.Error) {
	if from, e = protocol.ParseCursor(cursor); e != nil {
		return 0, 0, e
	}
	if count != nil {
		return from, int(*count), nil
	}
	return from, otherwise, nil
}
