package memory

import (
	"bytes"
	"slices"
	"sort"
)

// blockMax is the size at which a block is split in two.
const blockMax = 256

type pair struct{ key, value []byte }

// ordered is a sorted map: blocks of sorted pairs, so that an insertion moves
// few of them.
type ordered struct{ blocks [][]pair }

// find gives the place of the first key that is not below key.
func (o *ordered) find(key []byte) (block, at int, exact bool) {
	block = sort.Search(len(o.blocks), func(i int) bool {
		b := o.blocks[i]
		return bytes.Compare(b[len(b)-1].key, key) >= 0
	})
	if block == len(o.blocks) {
		return block, 0, false
	}
	at, exact = slices.BinarySearchFunc(o.blocks[block], key, func(p pair, key []byte) int {
		return bytes.Compare(p.key, key)
	})
	return block, at, exact
}

func (o *ordered) get(key []byte) ([]byte, bool) {
	block, at, exact := o.find(key)
	if !exact {
		return nil, false
	}
	return o.blocks[block][at].value, true
}

// put keeps key and value.
func (o *ordered) put(key, value []byte) {
	block, at, exact := o.find(key)
	if exact {
		o.blocks[block][at].value = value
		return
	}
	if block == len(o.blocks) {
		if block == 0 {
			o.blocks = append(o.blocks, []pair{{key, value}})
			return
		}
		block--
		at = len(o.blocks[block])
	}
	b := slices.Insert(o.blocks[block], at, pair{key, value})
	o.blocks[block] = b
	if len(b) > blockMax {
		half := len(b) / 2
		o.blocks = slices.Insert(o.blocks, block+1, slices.Clone(b[half:]))
		clear(b[half:])
		o.blocks[block] = b[:half]
	}
}

func (o *ordered) delete(key []byte) {
	block, at, exact := o.find(key)
	if !exact {
		return
	}
	o.blocks[block] = slices.Delete(o.blocks[block], at, at+1)
	if len(o.blocks[block]) == 0 {
		o.blocks = slices.Delete(o.blocks, block, block+1)
	}
}

// rise calls fn with the pairs from key from on, rising.
func (o *ordered) rise(from []byte, fn func(pair) bool) {
	block, at, _ := o.find(from)
	for ; block < len(o.blocks); block, at = block+1, 0 {
		for _, p := range o.blocks[block][at:] {
			if !fn(p) {
				return
			}
		}
	}
}

// fall calls fn with the pairs below key end (or equal, if with), falling. A
// nil end is above every key.
func (o *ordered) fall(end []byte, with bool, fn func(pair) bool) {
	block, at := len(o.blocks), 0
	if end != nil {
		var exact bool
		block, at, exact = o.find(end)
		if exact && with {
			at++
		}
	}
	for ; block >= 0; block-- {
		if block < len(o.blocks) {
			for i := at - 1; i >= 0; i-- {
				if !fn(o.blocks[block][i]) {
					return
				}
			}
		}
		if block > 0 {
			at = len(o.blocks[block-1])
		}
	}
}
