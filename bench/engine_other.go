//go:build !linux

package main

import "github.com/spf13/cobra"

// engineScenarios need Linux's epoll.
func engineScenarios(*app) []*cobra.Command { return nil }
