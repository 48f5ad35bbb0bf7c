//go:build windows || !(amd64 || arm64 || ppc64le || riscv64 || s390x || loong64)

package bolt

// tight: a mapping of several gigabytes costs disk or address space.
const tight = true
