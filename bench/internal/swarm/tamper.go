package swarm

import "fmt"

// Tamper is what is done to one delivery before the judge sees it.
type Tamper string

// The ways to spoil a delivery.
const (
	TamperLost    Tamper = "lost"
	TamperDoubled Tamper = "doubled"
	TamperChanged Tamper = "changed"
)

// Check refuses what is none.
func (t Tamper) Check() error {
	switch t {
	case "", TamperLost, TamperDoubled, TamperChanged:
		return nil
	}
	return fmt.Errorf("tamper %q: want lost, doubled or changed", string(t))
}
