package group_test

import (
	"testing"

	"github.com/troupe-im/troupe/group"
)

// FuzzCommands reads bytes as the choices of a script of commands. Whatever
// they say: no panic, Check holds after every command, numbers have no gaps,
// a command is decided or rejected, the naive model agrees, and the journal
// leads to the same state.
func FuzzCommands(f *testing.F) {
	for kind := range group.Kinds {
		f.Add([]byte{byte(kind), 3})
		seed := []byte{byte(kind), 4}
		for i := range 300 {
			seed = append(seed, byte(i*i*7+i*31+kind*13))
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		next := 0
		pick := func(n int) int {
			if next >= len(data) {
				return 0
			}
			b := data[next]
			next++
			return int(b) % n
		}
		kind := group.Kinds[pick(len(group.Kinds))]
		r, s := drawWorld(t, kind, pick)
		for step := 0; step == 0 || (next < len(data) && step < 120); step++ {
			r.step(s.Next())
			if pick(16) == 15 {
				r.snapshot()
			}
		}
		r.replay()
	})
}
