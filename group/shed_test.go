package group_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/group"
)

// roomScript gives offers to a shedder and asks it now and then. After each
// step it looks at all that was promised.
type roomScript struct {
	t       testing.TB
	budget  group.RoomBudget
	s       *group.Shedder[int]
	naive   *naiveShedder
	same    int // decisions compared with the plain model's
	now     group.Millis
	offers  []offer
	decided map[int]group.Verdict[int]
	got     []group.Verdict[int]
	// passed is the newest that passed, per sender and priority.
	passed map[string]int
}

func newRoomScript(t testing.TB, messages, bytes uint32) *roomScript {
	b := group.RoomBudget{Messages: messages, Bytes: bytes}
	return &roomScript{
		t: t, budget: b, s: group.NewShedder[int](b), naive: newNaiveShedder(b),
		decided: map[int]group.Verdict[int]{}, passed: map[string]int{},
	}
}

func (r *roomScript) offer(from string, p group.Priority, bytes int) int {
	o := offer{id: len(r.offers), at: r.now, from: group.UserID(from), priority: p, bytes: int64(bytes)}
	r.offers = append(r.offers, o)
	r.s.Offer(r.now, o.from, p, bytes, o.id)
	r.naive.offer(o)
	r.drain()
	return o.id
}

func (r *roomScript) wait(ms int) {
	r.now += group.Millis(ms)
	r.drain()
}

func (r *roomScript) drain() {
	for v, ok := r.s.Next(r.now); ok; v, ok = r.s.Next(r.now) {
		r.take(v)
	}
	r.naive.to(r.now)
	if d := cmp.Diff(r.naive.out[r.same:], r.got[r.same:], cmpopts.EquateEmpty()); d != "" {
		r.t.Fatalf("at %d the plain model (-) decides otherwise:\n%s", r.now, d)
	}
	r.same = len(r.got)
	r.budgetKept()
	require.Equal(r.t, len(r.offers)-len(r.got), r.s.Waiting())
	require.LessOrEqual(r.t, r.s.Waiting(), 2*int(r.budget.Messages))
	size := int64(0)
	for _, o := range r.offers {
		if _, done := r.decided[o.id]; !done {
			if r.now-o.at >= 1000 {
				r.t.Fatalf("%d waits longer than a second", o.id)
			}
			size += o.bytes
		}
	}
	require.LessOrEqual(r.t, size, 2*int64(r.budget.Bytes))
	if due := r.s.Due(); r.s.Waiting() == 0 {
		require.Zero(r.t, due)
	} else {
		require.Greater(r.t, due, r.now)
		require.LessOrEqual(r.t, due, r.now+1000)
	}
}

// take notes a decision: once each, within a second, in order of sender and
// priority.
func (r *roomScript) take(v group.Verdict[int]) {
	_, twice := r.decided[v.Item]
	require.False(r.t, twice, "%d decided twice", v.Item)
	r.decided[v.Item] = v
	r.got = append(r.got, v)
	o := r.offers[v.Item]
	require.LessOrEqual(r.t, v.At-o.at, group.Millis(1000))
	require.GreaterOrEqual(r.t, v.At, o.at)
	if v.Shed != 0 {
		require.Positive(r.t, v.RetryAfter)
		return
	}
	key := fmt.Sprint(o.from, o.priority)
	if before, ok := r.passed[key]; ok {
		require.Greater(r.t, v.Item, before, "the order of a sender and priority")
	}
	r.passed[key] = v.Item
}

// budgetKept: no window lets more through than its length and a saved second
// allow, but for the rest of one message that is larger than a second's bytes.
func (r *roomScript) budgetKept() {
	if len(r.got) == 0 || r.got[len(r.got)-1].Shed != 0 {
		return
	}
	end := r.got[len(r.got)-1].At
	messages, bytes, beyond := int64(0), int64(0), int64(0)
	for i := len(r.got) - 1; i >= 0 && i > len(r.got)-200; i-- {
		v := r.got[i]
		if v.Shed != 0 {
			continue
		}
		size := r.offers[v.Item].bytes
		messages, bytes, beyond = messages+1, bytes+size, max(beyond, size-int64(r.budget.Bytes))
		window := int64(end-v.At) + 1000
		if messages*1000 > window*int64(r.budget.Messages) || (bytes-beyond)*1000 > window*int64(r.budget.Bytes) {
			r.t.Fatalf("%d messages, %d bytes in %d ms", messages, bytes, end-v.At)
		}
	}
}

// fate says what became of the offers so far: p passed, m and b shed, . waits.
func (r *roomScript) fate() string {
	var b strings.Builder
	for i := range r.offers {
		v, ok := r.decided[i]
		switch {
		case !ok:
			b.WriteByte('.')
		case v.Shed != 0:
			b.WriteByte(v.Shed.String()[0])
		default:
			b.WriteByte('p')
		}
	}
	return b.String()
}

// order is the order in which offers passed, by sender.
func (r *roomScript) order() string {
	var names []string
	for _, v := range r.got {
		if v.Shed == 0 {
			names = append(names, string(r.offers[v.Item].from))
		}
	}
	return strings.Join(names, " ")
}

const (
	low    = group.PriorityLow
	normal = group.PriorityNormal
	high   = group.PriorityHigh
)

func TestShedderWithinBudget(t *testing.T) {
	r := newRoomScript(t, 3, 1000)
	for range 3 {
		r.offer("ann", normal, 10)
	}
	require.Equal(t, "ppp", r.fate(), "one second is saved up")
	r.offer("ann", normal, 10)
	require.Equal(t, "ppp.", r.fate())
	r.wait(333)
	require.Equal(t, "ppp.", r.fate())
	r.wait(1)
	require.Equal(t, "pppp", r.fate())
	r.wait(10_000)
	for range 4 {
		r.offer("ann", normal, 10)
	}
	require.Equal(t, "ppppppp.", r.fate(), "not more than one second is saved up")
}

func TestShedderBytes(t *testing.T) {
	r := newRoomScript(t, 100, 1000)
	r.offer("ann", normal, 900)
	r.offer("ann", normal, 200)
	require.Equal(t, "p.", r.fate())
	r.wait(100)
	require.Equal(t, "pp", r.fate())

	r = newRoomScript(t, 100, 1000)
	r.offer("ann", normal, 5000)
	require.Equal(t, "p", r.fate(), "larger than a second's bytes: with full credit")
	r.offer("ann", normal, 1)
	r.wait(999)
	require.Equal(t, "p.", r.fate())
	r.wait(1)
	require.Equal(t, "pb", r.fate(), "the room owes four seconds")
	r.offer("ann", normal, 2001)
	require.Equal(t, "pbb", r.fate(), "more than ever may wait")
}

func TestShedderPriorities(t *testing.T) {
	r := newRoomScript(t, 2, 10_000)
	r.offer("ann", normal, 1)
	r.offer("ann", normal, 1)
	for _, p := range []group.Priority{low, normal, high, low} {
		r.offer("ann", p, 1)
	}
	require.Equal(t, "pp....", r.fate())
	r.wait(500)
	require.Equal(t, "pp..p.", r.fate())
	r.offer("bob", high, 1)
	r.wait(499)
	r.wait(1)
	require.Equal(t, "ppmmpmp", r.fate(), "bob's goes before ann's, which have waited a second")
}

// When the room is full the lowest priority is shed, never one above the
// newcomer's.
func TestShedderFull(t *testing.T) {
	r := newRoomScript(t, 2, 10_000)
	r.offer("ann", normal, 1)
	r.offer("ann", normal, 1)
	for range 4 {
		r.offer("bob", normal, 50)
	}
	require.Equal(t, "pp....", r.fate())
	r.offer("cat", low, 1)
	require.Equal(t, "pp....m", r.fate(), "nothing lower than the newcomer waits")
	r.offer("cat", normal, 1)
	require.Equal(t, "pp...mm.", r.fate(), "the newest of who has most bytes waiting")
	r.offer("cat", normal, 300)
	require.Equal(t, "pp...mm.m", r.fate(), "the newcomer included")
	r.offer("dan", high, 400)
	require.Equal(t, "pp..mmm.m.", r.fate())
}

// A sender of whom nothing passed for a second goes before others, longest
// waiting first, one message each.
func TestShedderFreshFirst(t *testing.T) {
	r := newRoomScript(t, 4, 100_000)
	for range 4 {
		r.offer("old", normal, 1)
	}
	for range 2 {
		r.offer("old", normal, 400)
		r.wait(1)
		r.offer("new1", normal, 400)
		r.offer("new2", normal, 400)
	}
	r.wait(998)
	require.Equal(t, "old old old old new1 new2 old new1", r.order())
}

// Senders share by bytes, not by messages.
func TestShedderDeficitRoundRobin(t *testing.T) {
	r := newRoomScript(t, 1000, 2100)
	r.offer("big", normal, 1024)
	r.offer("small", normal, 1024)
	for range 8 {
		r.offer("small", normal, 256)
	}
	for range 2 {
		r.offer("big", normal, 1024)
	}
	r.wait(999)
	require.Equal(t, "big small small small small small big", r.order())
}

// A flooder beside ten slow senders: all of the slow ones' messages pass.
func TestShedderFlooder(t *testing.T) {
	r := newRoomScript(t, 20, 20_000)
	slow := map[int]bool{}
	for ms := range 5000 {
		r.wait(1)
		if ms%5 == 0 {
			r.offer("flooder", normal, 30)
		}
		for i := range 10 {
			if ms%1000 == i*37 {
				slow[r.offer(fmt.Sprint("slow", i), normal, 100)] = true
			}
		}
	}
	r.wait(1000)
	require.Len(t, slow, 50)
	flooded := 0
	for id, v := range r.decided {
		if slow[id] {
			require.Zero(t, v.Shed)
		} else if v.Shed != 0 {
			flooded++
		}
	}
	require.Greater(t, flooded, 800)
}

func TestShedderClear(t *testing.T) {
	r := newRoomScript(t, 1, 1000)
	for i := range 4 {
		r.s.Offer(0, "ann", normal, 1, i)
	}
	require.Equal(t, []int{0, 3, 1, 2}, r.s.Clear())
	require.Empty(t, r.s.Clear())
	require.Zero(t, r.s.Due())
	_, ok := r.s.Next(5000)
	require.False(t, ok)
}

// Who comes late gets the same decisions as who comes every millisecond.
func TestShedderLate(t *testing.T) {
	play := func(step int) (out []group.Verdict[int]) {
		s := group.NewShedder[int](group.RoomBudget{Messages: 5, Bytes: 1000})
		rng := rand.New(rand.NewPCG(1, 2))
		for ms := range 6000 {
			if rng.IntN(40) == 0 {
				s.Offer(group.Millis(ms), group.UserID(fmt.Sprint(rng.IntN(4))), group.Priority(1+rng.IntN(3)), rng.IntN(400), ms)
			}
			if ms%step == 0 {
				for v, ok := s.Next(group.Millis(ms)); ok; v, ok = s.Next(group.Millis(ms)) {
					out = append(out, v)
				}
			}
		}
		return out
	}
	every := play(1)
	require.Greater(t, len(every), 100)
	late := play(700)
	require.Equal(t, every[:len(late)], late)
}

func TestShedderAgainstPlainModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	for range 60 {
		r := newRoomScript(t, 1+uint32(rng.IntN(8)), 1+uint32(rng.IntN(3000)))
		for range 150 {
			r.choose(rng.IntN)
		}
		r.wait(1000)
		require.Len(t, r.got, len(r.offers), "nobody is lost")
	}
}

func (r *roomScript) choose(pick func(int) int) {
	switch pick(4) {
	case 0:
		r.wait([]int{1, 40, 333, 1000, 2500, 7}[pick(6)])
	default:
		sizes := []int{0, 1, 200, 512, 513, 1500, 8898}
		r.offer(string(rune('a'+pick(5))), group.Priority(1+pick(3)), sizes[pick(len(sizes))])
	}
}

// FuzzShedder reads bytes as a story of one room. After every step: order per
// sender and priority, nobody waits above a second, the budget is kept, nobody
// is decided twice or lost, and the plain model agrees.
func FuzzShedder(f *testing.F) {
	f.Add([]byte{3, 20, 1, 1, 1, 1, 2, 2, 2, 2, 0, 3})
	for seed := range byte(8) {
		data := []byte{seed, seed * 31}
		for i := range 200 {
			data = append(data, byte(i*i*7+i*int(seed)*13))
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		next := 0
		pick := func(n int) int {
			if next >= len(data) {
				return 0
			}
			next++
			return int(data[next-1]) % n
		}
		r := newRoomScript(t, 1+uint32(pick(9)), 1+uint32(pick(40))*97)
		for step := 0; next < len(data) && step < 150; step++ {
			r.choose(pick)
		}
		r.wait(1000)
		require.Len(t, r.got, len(r.offers), "nobody is lost")
	})
}
