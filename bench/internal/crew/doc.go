// Package crew spreads a scenario's connections over several processes, as one
// can have only so many open files: this one and, beside it, hands. A hand is
// the same program started again. It is told over its standard input what to
// open and judges its receivers by itself; what it counted and saw is asked for
// over its standard output and joined here, so that there is one result. All
// times are of the machine's monotonic clock, which the processes share. Linux
// only.
package crew
