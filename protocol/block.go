package protocol

import "sync/atomic"

// Block is several frames that are sent one behind the other, joined at most
// once per codec and shared by all who get them. It is immutable.
type Block struct {
	frames  []*Frame
	classes Classes
	joined  [2]atomic.Pointer[[]byte]
}

// Classes counts frames by their class.
type Classes [ClassControl + 1]int

// NewBlock makes a block of one or more frames, which must not be changed any more.
func NewBlock(frames []*Frame) *Block {
	b := &Block{frames: frames}
	for _, f := range frames {
		b.classes[f.Class]++
	}
	return b
}

// Classes counts the frames by their class.
func (b *Block) Classes() *Classes { return &b.classes }

// Frames are the frames in order; the slice is shared.
func (b *Block) Frames() []*Frame { return b.frames }

// Bytes is what all frames are on the wire, in order. The slice is shared: do
// not change it.
func (b *Block) Bytes(c Codec) []byte {
	if len(b.frames) == 1 {
		return b.frames[0].Bytes(c)
	}
	slot := &b.joined[c-1]
	if all := slot.Load(); all != nil {
		return *all
	}
	size := 0
	for _, f := range b.frames {
		size += len(f.Bytes(c))
	}
	all := make([]byte, 0, size)
	for _, f := range b.frames {
		all = append(all, f.Bytes(c)...)
	}
	// Two racing joiners make equal bytes; either may win.
	slot.CompareAndSwap(nil, &all)
	return *slot.Load()
}
