package group

// Pending holds back what may only be told once the journal has reached a
// position: answers and effects, in the order decided. The zero value is
// ready to use. It belongs to one goroutine.
type Pending[T any] struct {
	queue  []pendingItem[T]
	head   int
	stable Position
}

type pendingItem[T any] struct {
	position Position
	value    T
}

// Hold takes in a value that rests on everything up to a position. A position
// below one held before counts as that one: nothing overtakes.
func (p *Pending[T]) Hold(position Position, value T) {
	if n := len(p.queue); n > p.head {
		position = max(position, p.queue[n-1].position)
	}
	p.queue = append(p.queue, pendingItem[T]{position, value})
}

// Stable says that the journal has reached a position and gives out, in
// order, what may now be told. A position below an earlier one changes
// nothing, but gives out what was held since and rests on no more.
func (p *Pending[T]) Stable(position Position) []T {
	p.stable = max(p.stable, position)
	var out []T
	for p.head < len(p.queue) && p.queue[p.head].position <= p.stable {
		out = append(out, p.queue[p.head].value)
		p.queue[p.head] = pendingItem[T]{}
		p.head++
	}
	if p.head == len(p.queue) {
		p.queue, p.head = p.queue[:0], 0
	}
	return out
}

// Len is how much is held.
func (p *Pending[T]) Len() int { return len(p.queue) - p.head }

// Drop gives up everything held and returns it in order: the journal failed.
func (p *Pending[T]) Drop() []T {
	var out []T
	for _, item := range p.queue[p.head:] {
		out = append(out, item.value)
	}
	p.queue, p.head = nil, 0
	return out
}
