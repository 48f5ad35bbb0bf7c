//go:build !linux

package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/troupe-im/troupe/bench/internal/load"
)

// engineScenarios need Linux's epoll.
func engineScenarios(*app) []*cobra.Command { return nil }

// split is nothing here: there is this process only.
type split struct{}

func (*split) processes() int { return 1 }

func (*split) stop() error { return nil }

func (*split) generatorCPU() (time.Duration, error) { return load.OwnCPU(), nil }
