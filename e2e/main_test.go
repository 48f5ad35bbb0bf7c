package e2e

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// tempRoot holds what tests share, such as the built server.
var tempRoot string

func TestMain(m *testing.M) {
	if mode := os.Getenv(childMode); mode != "" {
		if err := runChild(mode, os.Args[len(os.Args)-1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if os.Getenv(envYes) != "" || os.Getenv(envFlip) != "" {
		// Tests are to fail; it need not take long.
		patience = 2 * time.Second
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
