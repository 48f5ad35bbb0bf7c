package group_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain makes the random tests draw the same in every run, unless
// RAPID_RANDOM=1 or a seed is given; the race detector gets fewer of them.
func TestMain(m *testing.M) {
	preset := map[string]string{}
	if os.Getenv("RAPID_RANDOM") != "1" {
		preset["rapid.seed"], preset["rapid.nofailfile"] = "1", "true"
	}
	if raceDetector {
		preset["rapid.checks"], preset["world.depth"] = "15", "2"
	}
	for name, value := range preset {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	m.Run()
}
