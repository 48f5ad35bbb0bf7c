package gateway

import "github.com/troupe-im/troupe/protocol"

// lone is one frame or one block, or none.
type lone struct {
	frame *protocol.Frame
	block *protocol.Block
}

func (l lone) none() bool { return l.frame == nil && l.block == nil }

func (l lone) slot() slot { return slot{frame: l.frame, block: l.block} }

func (l lone) bytes(c protocol.Codec) []byte {
	if l.block != nil {
		return l.block.Bytes(c)
	}
	return l.frame.Bytes(c)
}

func (l lone) frames() int {
	if l.block != nil {
		return len(l.block.Frames())
	}
	return 1
}

// flight is what it counts when it is written.
func (l lone) flight(size int) (fl flight) {
	if l.block != nil {
		fl.addBlock(l.block, size)
	} else {
		fl.add(l.frame.Class, size)
	}
	return fl
}
