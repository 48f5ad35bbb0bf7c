//go:build !race

package group_test

const raceDetector = false
