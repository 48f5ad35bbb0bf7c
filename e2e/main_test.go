package e2e

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// tempRoot holds what tests share, such as the built server.
var tempRoot string

// setPatience fits patience to what is to happen. Where tests are to fail it
// need not take long: a server that does nothing is quick about it, but what
// runs with a cell flipped must have the time to pass on a loaded machine. A
// machine that is slower still says so in the environment.
func setPatience() (err error) {
	switch {
	case os.Getenv(envPatience) != "":
		patience, err = time.ParseDuration(os.Getenv(envPatience))
	case os.Getenv(envYes) != "":
		patience = 2 * time.Second
	case os.Getenv(envFlip) != "":
		patience = 10 * time.Second
	}
	return err
}

func TestMain(m *testing.M) {
	if mode := os.Getenv(childMode); mode != "" {
		if err := runChild(mode, os.Args[len(os.Args)-1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if err := setPatience(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	dir, err := os.MkdirTemp("", "troupe-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	tempRoot = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}
