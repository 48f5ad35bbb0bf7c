package actors

import (
	"flag"
	"os"
	"testing"
)

// TestMain makes the random tests draw the same in every run, unless
// RAPID_RANDOM=1 or a seed is given.
func TestMain(m *testing.M) {
	if os.Getenv("RAPID_RANDOM") != "1" {
		for name, value := range map[string]string{"rapid.seed": "1", "rapid.nofailfile": "true"} {
			if err := flag.Set(name, value); err != nil {
				panic(err)
			}
		}
	}
	m.Run()
}
